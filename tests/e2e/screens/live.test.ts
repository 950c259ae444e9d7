// runs alone: the embedded broker has one port
import t from 'tap';
import { receiver } from '../../support/http-receiver.js';
import { liveSensor } from '../../support/live-sensor.js';
import { MailSink } from '../../support/mail-sink.js';
import { Alertmanager, answers, Prometheus, skipWithout } from '../../support/prometheus.js';
import { type Dashboard, filled, screens, targetsOf } from '../../support/screens.js';
import { until } from '../../support/until.js';
import { MAIN, Running, temporaryFolder } from '../../support/wardwire.js';

// The whole chain with the real programs: a running sensor, Prometheus with the shipped rules, Alertmanager with the shipped
// configuration, local sinks; and every query of every screen has an answer.
t.setTimeout(180_000);
const DEVICE = 'mac-0030e6771001';
/** Panels about the capture itself. */
const LIVE_ONLY = ['Lost packets', 'Doubts of its own sight', 'Frames that no cable carries'];

t.test('a critical verdict reaches people in three ways, and every panel shows something', async (t) => {
  if (skipWithout(t, 'prometheus', 'prometheus-alertmanager')) return;
  const mail = new MailSink();
  t.teardown(() => mail.close());
  const http = await receiver(t);
  http.answer = () => ({ status: 200, body: 'ok' });
  const manager = await Alertmanager.start(t, { smtp: await mail.start(), http: http.port });
  const dir = temporaryFolder(t);
  const daemon = new Running(process.execPath, [MAIN, 'run', '--embedded', '--speed', '20', '--data', dir]);
  t.teardown(async () => {
    await daemon.stop('SIGKILL');
  });
  await daemon.until('the places to look', () => /metrics\s+http/.test(daemon.out));
  const target = new URL(/http:\/\/[\d.]+:\d+\/metrics/.exec(daemon.out)?.[0] as string).host;
  const root = process.getuid?.() === 0;
  if (!root)
    t.comment('SKIPPED LOUDLY: not root, so no sensor on an interface; what only such a one tells is not asked for');
  const targets = [target];
  // what a replay cannot have, drops of the kernel and doubts of its own sight, comes from a second sensor
  if (root) {
    const second = await liveSensor(t);
    await answers(`http://${second.address}/-/ready`, second.running);
    targets.push(second.address);
  }
  const prometheus = await Prometheus.start(t, targets, manager.address);
  await daemon.until('the end of the capture', () => daemon.out.includes('the capture has ended'), 90_000);
  // scrapes and evaluations come every second
  await new Promise((r) => setTimeout(r, 3000));

  const about = (text: string): boolean => text.includes('WardwireCriticalVerdict') && text.includes(DEVICE);
  const to = (path: string): string =>
    http.got
      .filter((r) => r.path.startsWith(path))
      .map((r) => r.body.toString())
      .join('\n'); // prettier-ignore
  await until('the mail', () => about(mail.got.join('\n')), 30_000);
  await until(
    'Slack',
    () => /WardwireCriticalVerdict: Critical verdict about .*ventilator/.test(to('/services/')),
    30_000,
  );
  await until('the text message', () => about(to('/alertmanager')), 30_000);
  t.match(mail.got.join('\n'), /Safe next step/);
  const firing = (await prometheus.query('ALERTS{alertstate="firing"}')).map((s) => s.metric.alertname);
  t.ok(firing.includes('WardwireAlertPath') && firing.includes('WardwireCriticalVerdict'), firing.join(' '));
  t.notOk(firing.includes('WardwireSensorDown') || firing.includes('WardwirePacketLoss'));

  const values = { __rate_interval: '1m', __range: '5m', job: '.+', instance: '.+', device: DEVICE };
  let queries = 0;
  for (const [path, text] of Object.entries(await screens())) {
    const d = JSON.parse(text) as Dashboard;
    if (d.templating.list[0].query !== 'prometheus') continue;
    for (const { panel, target: x } of targetsOf(d)) {
      const end = Date.now() / 1000;
      const range = { start: String(end - 60), end: String(end), step: '1' };
      const series = await prometheus.query(filled(x.expr as string, values), 'query_range', range);
      const points = series.flatMap((s) => s.values ?? []).filter(([, v]) => v !== 'NaN');
      const told = root || !LIVE_ONLY.includes(panel.title);
      if (told) t.ok(points.length > 0, `${path} ${panel.title} ${x.refId}: ${series.length} series`);
      queries++;
    }
    for (const v of d.templating.list.filter((v) => v.type === 'query')) {
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(filled(v.query, values)) ?? [];
      const found = await prometheus.query(`count by (${label}) (${selector})`);
      t.ok(found.length > 0, `${path}: ${v.name} can be chosen`);
    }
  }
  t.comment(`${queries} queries answered`);
});
