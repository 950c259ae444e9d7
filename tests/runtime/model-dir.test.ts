import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { insistOn, modelVersions, readModelDir, rollbackModel, writeModel } from '../../src/runtime/model-dir.js';
import { publicKeyOf, signedBy, signerOf } from '../../src/runtime/signing.js';
import { temporaryFolder } from '../support/wardwire.js';

const KEEP = 3;
const model = (n: number, type = 'ventilator'): { type: string; text: string; own: []; prior: null } => ({
  type,
  text: `{"n":${n}}`,
  own: [],
  prior: null,
});

t.test('the key pair is made once, kept from others, and signs for its own public half only', async (t) => {
  const dir = temporaryFolder(t);
  t.equal(publicKeyOf(dir), null);
  const a = signerOf(dir);
  t.match(a.key, /^[0-9a-f]{64}$/);
  t.equal(signerOf(dir).key, a.key);
  t.equal(publicKeyOf(dir), a.key);
  t.equal(statSync(join(dir, 'signing.key')).mode & 0o77, 0);
  const b = signerOf(temporaryFolder(t));
  const s = a.sign('text');
  t.ok(signedBy(a.key, 'text', s));
  t.notOk(signedBy(a.key, 'texu', s));
  t.notOk(signedBy(b.key, 'text', s));
  t.notOk(signedBy('00', 'text', s));
  writeFileSync(join(dir, 'signing.pub'), `${b.key}\n`);
  t.throws(() => signerOf(dir), { code: 'model', message: /does not belong to signing\.pub/ });
});

t.test('versions: the newest is in use, older ones are kept and can be taken back', async (t) => {
  const dir = temporaryFolder(t);
  t.same(readModelDir(dir, ''), { models: [], learned: '', refused: [] });
  for (let n = 1; n <= 6; n++) writeModel(dir, model(n), KEEP);
  writeModel(dir, model(1, 'pacs'), KEEP);
  const inUse = (): string[] => readModelDir(dir, '').models.map((m) => `${m.type} ${m.version} ${m.text}`);
  t.same(inUse(), ['pacs 1 {"n":1}', 'ventilator 6 {"n":6}']);
  t.same(
    modelVersions(dir, 'ventilator').map((v) => v.version),
    [3, 4, 5, 6],
  );
  t.equal(rollbackModel(dir, 'ventilator', null, '').version, 5);
  t.equal(rollbackModel(dir, 'ventilator', null, '').version, 4);
  t.same(inUse()[1], 'ventilator 4 {"n":4}');
  t.equal(rollbackModel(dir, 'ventilator', 6, '').version, 6);
  t.throws(() => rollbackModel(dir, 'ventilator', 1, ''), { code: 'model', message: /no version 1 of ventilator/ });
  t.throws(() => rollbackModel(dir, 'pacs', null, ''), { message: /no older version of pacs/ });
  rollbackModel(dir, 'ventilator', 4, '');
  writeModel(dir, model(7), KEEP);
  t.same(inUse()[1], 'ventilator 7 {"n":7}', 'a number is never given twice');
});

t.test('a model that is unsigned, changed, or signed by another is refused by name', async (t) => {
  const dir = temporaryFolder(t);
  writeModel(dir, model(1), KEEP);
  const path = join(dir, 'ventilator.model');
  const good = readFileSync(path, 'utf8');
  const refused = (trusted = ''): string => {
    const { models, refused: problems } = readModelDir(dir, trusted);
    t.equal(models.length, 0);
    return problems.map((p) => `${p.path}: ${p.text}`).join();
  };
  writeFileSync(path, good.replace('{"n":1}', '{"n":2}'));
  t.match(refused(), /ventilator\.model: the signature of the model does not fit/);
  writeFileSync(path, good.replace('"version":1', '"version":9'));
  t.match(refused(), /does not fit/, 'its head is signed as well');
  writeFileSync(path, good.slice(0, -3));
  t.match(refused(), /does not fit/, 'cut off');
  writeFileSync(path, '{"n":1}');
  t.match(refused(), /ventilator\.model: the model is not signed/);
  t.throws(() => insistOn(readModelDir(dir, '')), { code: 'model', problems: [{ path }] });
  writeFileSync(path, good);
  t.equal(readModelDir(dir, '').models.length, 1);
  t.match(refused(signerOf(temporaryFolder(t)).key), /signed by another key/, 'the pinned key decides');
  const other = temporaryFolder(t);
  writeModel(other, model(1), KEEP);
  copyFileSync(join(other, 'ventilator.model'), path);
  t.match(refused(), /signed by another key/);
  rmSync(join(dir, 'signing.pub'));
  t.match(refused(), /no key to check/);
  rmSync(path);
  writeFileSync(join(dir, 'pacs.model.json'), '{}');
  t.match(refused(), /pacs\.model\.json: the model is not signed/, 'of an older version');
});

t.test('a rollback checks the signature of what it takes back', async (t) => {
  const dir = temporaryFolder(t);
  writeModel(dir, model(1), KEEP);
  writeModel(dir, model(2), KEEP);
  const older = join(dir, 'older', 'ventilator.1.model');
  writeFileSync(older, readFileSync(older, 'utf8').replace('{"n":1}', '{"n":9}'));
  t.throws(() => rollbackModel(dir, 'ventilator', null, ''), { code: 'model', message: /older.*does not fit/ });
  t.equal(readModelDir(dir, '').models[0].version, 2, 'what is in use stays');
});

t.test('killed while writing: the old or the new model is in use, whole', { timeout: 120_000 }, async (t) => {
  const dir = temporaryFolder(t);
  const writer = join(dirname(fileURLToPath(import.meta.url)), '..', 'support', 'model-writer.js');
  let last = 0;
  for (let round = 0; round < 12; round++) {
    const child = spawn(process.execPath, [writer, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 15 + round * 13));
    child.kill('SIGKILL');
    await gone;
    const { models, refused } = readModelDir(dir, '');
    if (refused.length > 0) t.fail(JSON.stringify(refused));
    if (!existsSync(join(dir, 'ventilator.model'))) continue;
    t.equal(models.length, 1, `round ${round}: version ${models[0]?.version}`);
    t.ok(models[0].version >= last);
    last = models[0].version;
  }
  t.ok(last > 12, `${last} versions were written`);
  t.ok(readdirSync(join(dir, 'older')).length <= KEEP + 1, 'older versions are kept within bounds');
});
