import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Random } from '../../../src/core/index.js';
import { pick } from '../../support/mutate.js';
import { haveProgram, skipUnlessRoot, type TestNetwork, testNetwork } from '../../support/namespace.js';
import { temporaryFolder, wardwire } from '../../support/wardwire.js';

// Beside DCMTK: its tools with random options on one end of a cable, its archive on the other, captured in between. What the
// tools log and what `wardwire decode` says must agree, command by command.
t.setTimeout(180_000);

const CLIENT = '10.9.0.1';
const ARCHIVE = '10.9.0.2';
const OPERATIONS = 40;
const NEEDED = ['dcmqrscp', 'storescu', 'findscu', 'movescu', 'getscu', 'echoscu', 'dump2dcm', 'tcpdump'];

type Counts = Record<string, number>;
const add = (c: Counts, name: string, n = 1): void => {
  if (n > 0) c[name] = (c[name] ?? 0) + n;
};
const count = (text: string, what: RegExp): number => text.match(new RegExp(what, 'gm'))?.length ?? 0;

/** A small image by dump2dcm. */
function image(net: TestNetwork, dir: string, n: number, modality: 'CT' | 'US'): string {
  const sop = modality === 'CT' ? '1.2.840.10008.5.1.4.1.1.2' : '1.2.840.10008.5.1.4.1.1.6.1';
  const path = join(dir, `${n}.dcm`);
  const side = 16 + 8 * n;
  const lines = [
    `(0008,0016) UI ${sop}`,
    `(0008,0018) UI 2.25.88${n}.1.1`,
    '(0008,0020) DA [20300101]',
    `(0008,0060) CS [${modality}]`,
    '(0008,0070) LO [DEMO MEDICAL]',
    `(0010,0010) PN [CANARY^NAME${n}]`,
    `(0010,0020) LO [CANARY${n}]`,
    `(0020,000d) UI 2.25.88${n}`,
    `(0020,000e) UI 2.25.88${n}.1`,
    '(0028,0002) US 1',
    '(0028,0004) CS [MONOCHROME2]',
    `(0028,0010) US ${side}`,
    `(0028,0011) US ${side}`,
    '(0028,0100) US 8',
    '(0028,0101) US 8',
    '(0028,0102) US 7',
    '(0028,0103) US 0',
    `(7fe0,0010) OB =${path}.raw`,
  ];
  writeFileSync(`${path}.raw`, Buffer.alloc(side * side, n));
  writeFileSync(`${path}.dump`, `${lines.join('\n')}\n`);
  const r = net.run(net.b, ['dump2dcm', '-q', '-F', `${path}.dump`, path]);
  if (r.status !== 0) throw new Error(`dump2dcm: ${r.stderr}`);
  return path;
}

/** One run of a tool with random options, and what its log says happened. */
function operation(
  net: TestNetwork,
  rng: Random,
  images: readonly string[],
  dir: string,
  want: { pdus: Counts; dimse: Counts },
): string {
  const study = `2.25.88${1 + rng.int(images.length)}`;
  const at = [ARCHIVE, '11112'];
  const pdu = rng.int(2) ? ['--max-pdu', String(pick(rng, [4096, 16384, 65536, 131072]))] : [];
  const who = ['-v', '-aet', 'MOVER', '-aec', 'PACS', ...pdu];
  const level = ['-S', '-k', 'QueryRetrieveLevel=STUDY', '-k'];
  const abort = rng.int(5) === 0 ? ['--abort'] : [];
  const command = pick(rng, [
    () => [
      'echoscu',
      ...who,
      ...abort,
      '--repeat',
      String(1 + rng.int(4)),
      '--propose-ts',
      String(1 + rng.int(30)),
      '--propose-pc',
      String(1 + rng.int(60)),
      ...at,
    ],
    () => [
      'storescu',
      ...who,
      ...abort,
      pick(rng, ['-x=', '-xe', '-xb', '-xi', '-xd']),
      ...(rng.int(2) ? ['-R'] : []),
      ...(rng.int(4) ? [] : ['-usr', 'someone']),
      ...at,
      ...images.slice(0, 1 + rng.int(images.length)),
    ],
    () => [
      'findscu',
      ...who,
      ...abort,
      ...(rng.int(4) ? [] : ['--cancel', '2']),
      ...level,
      `StudyInstanceUID${rng.int(2) ? `=${study}` : ''}`,
      '-k',
      'PatientName',
      ...at,
    ],
    () => ['getscu', ...who, ...level, `StudyInstanceUID=${study}`, '-od', dir, ...at],
    () => ['movescu', ...who, ...abort, '+P', '11113', ...level, `StudyInstanceUID=${study}`, '-od', dir, ...at],
  ])(); // prettier-ignore
  const r = net.run(net.a, command);
  const log = `${r.stdout}${r.stderr}`;
  const { pdus, dimse } = want;
  const sub = count(log, /Sub-Association Received/);
  const accepted = count(log, /^I: Association Accepted/);
  add(pdus, 'A-ASSOCIATE-RQ', count(log, /^I: Requesting Association/) + sub);
  add(pdus, 'A-ASSOCIATE-AC', accepted + sub);
  const aborted = count(log, /Aborting Association/);
  add(pdus, 'A-ABORT', aborted);
  add(pdus, 'A-RELEASE-RQ', accepted - aborted + sub);
  add(pdus, 'A-RELEASE-RP', accepted - aborted + sub);
  add(dimse, 'C-ECHO-RQ', count(log, /Sending Echo Request/));
  add(dimse, 'C-ECHO-RSP', count(log, /Received Echo Response/));
  add(dimse, 'C-STORE-RQ', count(log, /Sending Store Request|Received (Store|C-STORE) Request/));
  add(dimse, 'C-STORE-RSP', count(log, /Received Store Response|Received (Store|C-STORE) Request/));
  const finds = count(log, /Sending Find Request/);
  add(dimse, 'C-FIND-RQ', finds);
  // each answer is printed as a data set, like the question; the last one has none
  add(dimse, 'C-FIND-RSP', finds === 0 ? 0 : count(log, /# Dicom-Data-Set/));
  add(dimse, 'C-CANCEL-RQ', count(log, /Sending Cancel Request/));
  add(dimse, 'C-GET-RQ', count(log, /Sending C-GET Request/));
  add(dimse, 'C-GET-RSP', count(log, /Received C-GET Response/));
  add(dimse, 'C-MOVE-RQ', count(log, /Sending Move Request/));
  add(dimse, 'C-MOVE-RSP', count(log, /Received (Final )?Move Response/));
  return `${command.join(' ')}\n${log}`;
}

t.test('what the tools log and what is decoded agree', async (t) => {
  if (skipUnlessRoot(t)) return;
  const missing = NEEDED.filter((p) => !haveProgram(p));
  if (missing.length > 0) return void t.pass('skipped', { skip: `${missing.join(', ')} not installed` });
  const net = testNetwork(t, { addresses: [`${CLIENT}/24`, `${ARCHIVE}/24`] });
  const dir = temporaryFolder(t);
  for (const d of ['db', 'img', 'got']) mkdirSync(join(dir, d));
  const images = Array.from({ length: 6 }, (_, i) => image(net, join(dir, 'img'), i + 1, i % 2 ? 'US' : 'CT'));
  const config = join(dir, 'archive.cfg');
  writeFileSync(
    config,
    `NetworkTCPPort = 11112\nMaxPDUSize = 16384\nMaxAssociations = 16\nHostTable BEGIN\nmover = (MOVER, ${CLIENT}, 11113)\nHostTable END\nVendorTable BEGIN\nVendorTable END\nAETable BEGIN\nPACS ${join(dir, 'db')} RW (200, 100mb) ANY\nAETable END\n`,
  );
  const capture = join(dir, 'wire.pcap');
  net.start(net.b, ['dcmqrscp', '-q', '-c', config, '11112'], { stdio: 'ignore' });
  const dump = net.start(
    net.b,
    [
      'tcpdump',
      '-q',
      '-U',
      '--immediate-mode',
      '-s',
      '65535',
      '-B',
      '65536',
      '-Z',
      'root',
      '-i',
      net.device,
      '-w',
      capture,
    ],
    {
      stdio: 'ignore',
    },
  );
  await sleep(1000);
  const seed = Number(process.env.WARDWIRE_DCMTK_SEED ?? Date.now() & 0xffff);
  t.comment(`seed ${seed}`);
  const rng = new Random(seed);
  const want = { pdus: {} as Counts, dimse: {} as Counts };
  const logs: string[] = [];
  const store = net.run(net.a, ['storescu', '-aec', 'PACS', ARCHIVE, '11112', ...images]);
  t.equal(store.status, 0, store.stderr);
  add(want.pdus, 'A-ASSOCIATE-RQ');
  add(want.pdus, 'A-ASSOCIATE-AC');
  add(want.pdus, 'A-RELEASE-RQ');
  add(want.pdus, 'A-RELEASE-RP');
  add(want.dimse, 'C-STORE-RQ', images.length);
  add(want.dimse, 'C-STORE-RSP', images.length);
  for (let i = 0; i < OPERATIONS; i++) logs.push(operation(net, rng, images, join(dir, 'got'), want));
  await sleep(500);
  const ended = new Promise((done) => dump.once('exit', done));
  dump.kill('SIGINT');
  await ended;
  const r = wardwire(['decode', '--summary', '--json', capture]);
  t.equal(r.code, 0, r.err);
  const got = JSON.parse(r.out) as { dicom_pdus: Counts; dimse: Counts; weirds: Counts; gaps: number };
  const { 'P-DATA-TF': data, ...pdus } = got.dicom_pdus;
  t.ok(data > OPERATIONS, `${data} P-DATA`);
  const all = logs.join('\n----\n');
  t.same(pdus, want.pdus, 'PDUs') || t.comment(all);
  t.same(got.dimse, want.dimse, 'DIMSE') || t.comment(all);
  const { 'dicom.deflated': deflated, ...weirds } = got.weirds;
  t.ok(deflated === undefined || deflated > 0);
  t.same(weirds, {}, 'a real implementation breaks no rule');
  t.equal(got.gaps, 0);
  const events = wardwire(['decode', '--proto', 'dicom', capture]);
  t.notMatch(events.out, 'CANARY', 'no patient is named');
});
