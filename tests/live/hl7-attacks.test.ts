// runs alone: live traffic at its own pace
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Verdict } from '../../src/core/index.js';
import { haveProgram, skipUnlessRoot, TestNetwork } from '../support/namespace.js';
import { projectRoot, temporaryFolder, wardwire } from '../support/wardwire.js';

// A ward of real clients (node-hl7-client) and servers (python3-hl7), recorded by tcpdump: a calm part to learn from, then one attack
// after the other. Each is named, and the calm part gives nothing above low.

const PYTHON = '/usr/bin/python3';
const ENGINE = '10.88.0.2';
const RECORD = '10.88.0.3';
const CLIENT = fileURLToPath(new URL('../support/mllp-client.js', import.meta.url));
const MARK = 'CANARYMARK';

const two = (n: number): string => String(n).padStart(2, '0');
function stamp(offsetS = 0): string {
  const d = new Date(Date.now() + offsetS * 1000);
  const day = `${d.getUTCFullYear()}${two(d.getUTCMonth() + 1)}${two(d.getUTCDate())}`;
  return `${day}${two(d.getUTCHours())}${two(d.getUTCMinutes())}${two(d.getUTCSeconds())}`;
}

interface Report {
  readonly id: string;
  readonly app?: string;
  readonly spo2?: number;
  readonly pulse?: number;
  readonly pulseUnit?: string;
  readonly offsetS?: number;
  readonly at?: string;
  readonly to?: string;
}

/** Vital signs of one patient, whose name and number carry the mark. */
function report(r: Report): string {
  const at = r.at ?? stamp();
  return [
    `MSH|^~\\&|${r.app ?? 'MON1'}|ICU|${r.to ?? 'ENGINE'}|HOSP|${stamp(r.offsetS)}||ORU^R01^ORU_R01|${r.id}|P|2.6`,
    `PID|1||${MARK}7^^^HOSP||${MARK}^ANN`,
    `OBR|1|O${at}|F${at}|V^Vitals^L|||${at}`,
    `OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1|${r.pulse ?? 72}|${r.pulseUnit ?? '264864^MDC_DIM_BEAT_PER_MIN^MDC'}|60-100|N|||F|||${at}`,
    `OBX|2|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1|${r.spo2 ?? 97}|262688^MDC_DIM_PERCENT^MDC|90-100|N|||F|||${at}`,
    `NTE|1||${MARK} slept badly`,
  ].join('\r');
}

function merge(id: string): string {
  return [
    `MSH|^~\\&|MON1|ICU|ENGINE|HOSP|${stamp()}||ADT^A40^ADT_A39|${id}|P|2.6`,
    `EVN||${stamp()}`,
    `PID|1||${MARK}7^^^HOSP||${MARK}^ANN`,
    `MRG|${MARK}8^^^HOSP`,
  ].join('\r');
}

/** A client that is kept open: each call sends one message and waits until it has been passed on. */
function client(
  net: TestNetwork,
  ns: string,
  host: string,
  port: number,
): (text: string, pauseMs?: number) => Promise<void> {
  const child = net.start(ns, [process.execPath, CLIENT, host, String(port)], { stdio: ['pipe', 'ignore', 'inherit'] });
  return async (text, pauseMs = 60) => {
    child.stdin?.write(`${JSON.stringify(text)}\n`);
    await sleep(pauseMs);
  };
}

t.test('attacks on HL7 links by real clients and servers', { timeout: 120_000 }, async (t) => {
  if (skipUnlessRoot(t)) return;
  const hl7 = existsSync(PYTHON) && existsSync('/usr/lib/python3/dist-packages/hl7');
  if (!hl7 || !haveProgram('tcpdump')) {
    t.pass('SKIPPED LOUDLY: python3-hl7 or tcpdump is not installed', { skip: 'python3-hl7, tcpdump' });
    return;
  }
  const net = new TestNetwork({ addresses: ['10.88.0.1/24', `${ENGINE}/24`] });
  t.teardown(() => net.close());
  // the record system that the engine forwards to, and the rogue's own way in
  net.run(net.a, ['ip', 'addr', 'add', `${RECORD}/24`, 'dev', 'eth0']);
  net.run(net.a, ['ip', 'addr', 'add', '10.88.1.66/24', 'dev', 'eth0']);
  net.run(net.b, ['ip', 'addr', 'add', '10.88.1.2/24', 'dev', 'eth0']);
  const dir = temporaryFolder(t);
  const capture = join(dir, 'ward.pcap');
  const script = join(projectRoot(), 'tests', 'support', 'mllp-server.py');
  for (const [ns, port] of [
    [net.b, 6661],
    [net.a, 6662],
  ] as const) {
    net.start(ns, [PYTHON, script, String(port)], { stdio: 'ignore' });
  } // prettier-ignore
  const dump = net.start(
    net.b,
    [
      'tcpdump',
      '-q',
      '-i',
      'eth0',
      '-U',
      '--immediate-mode',
      '-s',
      '65535',
      '-B',
      '65536',
      '-Z',
      'root',
      '-w',
      capture,
    ],
    {
      stdio: 'ignore',
    },
  );
  await sleep(1500);

  const monitor = client(net, net.a, ENGINE, 6661);
  const forward = client(net, net.b, RECORD, 6662);
  await sleep(1200);
  let n = 100_000;
  const id = (): string => `M${n++}`;
  // calm: the engine passes every report on under its own name
  for (let i = 0; i < 60; i++) {
    const at = stamp();
    const r = { at, pulse: 70 + (i % 7), spo2: 95 + (i % 4) };
    await monitor(report({ id: id(), ...r }));
    await forward(report({ id: `E${n}`, app: 'ENGINE', to: 'EHR', ...r }));
  }
  const calmUntil = Date.now();
  await sleep(1200);

  const at = stamp();
  await monitor(report({ id: id(), at, pulse: 71 }));
  await forward(report({ id: `E${n}`, app: 'ENGINE', to: 'EHR', at, pulse: 171 }), 300);
  await monitor(report({ id: id(), spo2: 150 }), 300);
  await monitor(report({ id: id(), pulse: 1.2, pulseUnit: 'Hz' }), 300);
  await monitor(report({ id: '0x7f-evil', offsetS: -7200 }), 300);
  await monitor(merge(id()), 300);
  const rogue = client(net, net.a, '10.88.1.2', 6661);
  await sleep(1200);
  await rogue(report({ id: 'R1', app: 'GATEWAY9' }), 300);
  const replay = client(net, net.a, ENGINE, 6661);
  await sleep(1200);
  await replay(report({ id: 'M100010', pulse: 40 }), 300);
  for (let i = 0; i < 260; i++) await replay(report({ id: `Q${1000 + i}` }), 2);
  await sleep(1500);
  dump.kill('SIGINT');
  await sleep(500);
  net.close();

  mkdirSync(join(dir, 'data'));
  const config = join(dir, 'wardwire.yaml');
  writeFileSync(
    config,
    `baseline:\n  learning_s: 8\n  min_rows: 100000\ndetect:\n  hl7_messages_per_10s: 250\nstore:\n  data_dir: ${join(dir, 'data')}\n`,
  );
  const ran = wardwire(['replay', '--json', '--config', config, capture]);
  t.equal(ran.code, 0, ran.err);
  const verdicts = ran.out
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as Verdict);
  const opened = verdicts.filter((v) => v.incident.state === 'open');
  const calm = opened.filter((v) => Date.parse(v.observed_at) <= calmUntil && !['info', 'low'].includes(v.severity));
  t.same(
    calm.map((v) => `${v.scenario} ${v.reasons[0]?.text}`),
    [],
    'calm is calm',
  );
  const attacks = opened.filter((v) => Date.parse(v.observed_at) > calmUntil);
  for (const scenario of [
    'hl7.value.tampering',
    'hl7.value.unit',
    'hl7.injection',
    'hl7.adt.merge',
    'hl7.sender.unknown',
    'hl7.control_id.replayed',
    'hl7.flood',
  ]) {
    const found = attacks.filter((v) => v.scenario === scenario);
    t.equal(found.length, 1, `${scenario}: ${found.map((v) => v.reasons[0]?.text).join(' / ') || 'not named'}`);
  }
  // the flag of a changed value contradicts its range as well; the hard limits are unsigned and therefore low
  const limits = attacks.filter((v) => v.scenario === 'hl7.value.implausible' && /hard limits/.test(v.reasons[0].text));
  t.match(limits, [{ severity: 'low' }]);
  t.notMatch(ran.out + ran.err, new RegExp(MARK), 'nothing of the patient is said');
});
