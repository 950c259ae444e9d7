import t from 'tap';
import { readYaml } from '../../src/config/index.js';
import { settingsDefaults, WardwireError } from '../../src/core/index.js';
import {
  createLogger,
  createMetrics,
  Exposition,
  logSettings,
  metricsSettings,
  renderSnapshot,
  startHttp,
} from '../../src/ops/index.js';
import { EMPTY_SNAPSHOT } from '../support/empty-snapshot.js';

t.test('one line an event, floods counted, nothing breaks out of a line', async (t) => {
  const lines: string[] = [];
  let now = 0;
  const log = createLogger(
    settingsDefaults(logSettings, { lines_per_event_minute: 3 }),
    (l) => lines.push(l),
    () => now,
  );
  log.log('debug', 'x', 'below the level');
  for (let i = 0; i < 10; i++) log.log('error', 'a.b', 'bad\n"thing"', { n: i, who: 'x y' });
  t.equal(lines.length, 3);
  t.match(lines[0], /^time=\S+ level=error event=a\.b msg="bad\\n\\"thing\\"" n=0 who="x y"$/);
  now = 61_000;
  log.log('error', 'a.b', 'again');
  t.match(lines[3], /7 lines like this were left out/);
  const json: string[] = [];
  createLogger(
    settingsDefaults(logSettings, { format: 'json', priority_prefix: true }),
    (l) => json.push(l),
    () => 0,
  ).log('critical', 'e', 't');
  t.match(json[0], /^<2>\{/);
  t.equal((JSON.parse(json[0].slice(3)) as { event: string }).event, 'e');
});

t.test('the text format: one HELP a name, labels escaped, unknown counts left out', async (t) => {
  const e = new Exposition();
  e.add('counter', 'a_total', 'h', 1, { l: 'x"\\\n' });
  e.add('counter', 'a_total', 'h', 2, { l: 'y' });
  e.add('gauge', 'g', 'h', Number.NaN);
  t.equal(e.text(), '# HELP a_total h\n# TYPE a_total counter\na_total{l="x\\"\\\\\\n"} 1\na_total{l="y"} 2\n');
  const text = renderSnapshot({
    defs: [{ name: 'c_total', help: 'h', type: 'counter', labels: {} }],
    values: Float64Array.of(5),
    base: Float64Array.of(7),
    weirds: { 'tcp.gap': 2 },
    stats: {
      delivered: 9,
      octets: 90,
      received: -1,
      droppedKernel: -1,
      droppedInterface: -1,
      lastUs: 0,
      bytesRead: 0,
      bytesTotal: -1,
    },
    devicesByType: { pacs: 1 },
    figures: { devices: new Map(), links: new Map() },
  }); // prettier-ignore
  t.match(text, /^c_total 12$/m, 'totals of a sensor that died are kept');
  t.match(text, /^wardwire_capture_packets_total 9$/m);
  t.notMatch(text, /kernel_drops/);
  t.match(text, /wardwire_weirds_total\{name="tcp\.gap"\} 2/);
});

t.test('the endpoint', async (t) => {
  const metrics = await createMetrics({ version: '1', budgets: { ventilator: 0.025 } });
  let ready = false;
  const nowMs = (): number => performance.now();
  const snapshot = () => EMPTY_SNAPSHOT;
  const settings = settingsDefaults(metricsSettings, { port: 0 });
  const logger = { log: () => undefined };
  const rest = { metrics, snapshot, devices: () => [], version: '1.2.3', logger, readYaml, nowMs };
  const http = await startHttp({ ...rest, settings, ready: () => ready });
  const status = async (path: string, method = 'GET'): Promise<number> =>
    (await fetch(http.url + path, { method })).status;
  t.equal(await status('/'), 200);
  t.equal(await status('/metrics'), 200);
  t.equal(await status('/-/healthy', 'HEAD'), 200);
  t.equal(await status('/-/ready'), 503);
  ready = true;
  t.equal(await status('/-/ready'), 200);
  t.equal(await (await fetch(`${http.url}/version`)).text(), '1.2.3\n');
  t.match(await (await fetch(http.url)).text(), /href="\/metrics".*version/s);
  t.equal(await status('/nothing'), 404);
  t.equal(await status('/metrics', 'POST'), 405);
  const text = await (await fetch(`${http.url}/metrics`)).text();
  t.match(
    text,
    /wardwire_verdicts_total\{device_type="ventilator",severity="critical"\} 0/,
    'known series begin at zero',
  );
  const port = Number(new URL(http.url).port);
  await t.rejects(startHttp({ ...rest, settings: { ...settings, port }, ready: () => true }), {
    constructor: WardwireError,
    message: new RegExp(String(port)),
  });
  await http.close();
});
