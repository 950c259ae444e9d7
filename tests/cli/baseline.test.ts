import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { MAIN, projectRoot, type Ran, Running, temporaryFolder, wardwire } from '../support/wardwire.js';

t.setTimeout(300_000);

const demo = join(projectRoot(), 'pcaps', 'ward-demo');

/** A site that has learned from the calm part of the demo capture. */
class Site {
  readonly config: string;
  constructor(readonly dir: string) {
    this.config = join(dir, 'wardwire.yaml');
    writeFileSync(
      this.config,
      [
        `store:\n  data_dir: ${dir}`,
        `sensor:\n  site_key_file: ${join(dir, 'site.key')}`,
        `inventory:\n  site_file: ${join(demo, 'site.csv')}`,
        'baseline:\n  min_rows: 16\n  row_interval_s: 1\n  quarantine_s: 0',
        'features:\n  row_interval_calm_ms: 1000',
      ].join('\n'),
    );
  }
  train(): Ran {
    return wardwire([
      'train',
      '--pcap',
      join(demo, 'capture.pcap'),
      '--out',
      join(this.dir, 'models'),
      '--config',
      this.config,
    ]);
  }
  baseline(...args: string[]): Ran {
    return wardwire(['baseline', ...args, '--config', this.config]);
  }
  json(...args: string[]): Record<string, unknown>[] {
    const r = this.baseline(...args, '--json');
    if (r.code !== 0) throw new Error(r.err);
    return r.out.trim() === ''
      ? []
      : r.out
          .trim()
          .split('\n')
          .map((l) => JSON.parse(l) as Record<string, unknown>);
  }
}

let trained: Site;
t.before(() => {
  trained = new Site(temporaryFolder(t));
  const r = trained.train();
  if (r.code !== 0) throw new Error(r.err);
});

t.test('status, review and diff tell what was learned, without a hash or an address', async (t) => {
  const s = trained.json('status');
  const devices = s.filter((x) => x.kind === 'device');
  t.ok(devices.length >= 12, `${devices.length} devices`);
  const ventilator = devices.find((d) => d.id === 'mac-0030e6771001');
  t.match(ventilator, {
    type: 'ventilator',
    state: 'review',
    frozen: false,
    rows: Number,
    doubts: [],
    learned: { Peer: Number },
  });
  t.ok(s.some((x) => x.kind === 'model' && x.type === 'ventilator' && x.version === 1));
  t.match(s.at(-1), { kind: 'key', key: /^[0-9a-f]{64}$/ });
  const table = trained.baseline('status', '--type', 'ventilator').out;
  t.match(table, /mac-0030e6771001 +ventilator +review/);
  t.notMatch(
    table
      .split('\n')
      .filter((l) => l.startsWith('mac-'))
      .join('\n'),
    /pacs/,
  );
  const review = trained.baseline('review', 'mac-0030e6771001').out;
  t.match(review, /learned +\d+ Peer/);
  t.match(review, /against it +nothing/);
  t.match(trained.baseline('diff', 'mac-0030e6771001').out, /ventilator/);
  t.match(trained.json('diff', 'mac-0030e6771001'), [{ id: 'mac-0030e6771001', differs: Array }]);
});

t.test('orders wait until a sensor takes them; wrong words are named', async (t) => {
  t.match(trained.baseline('approve', 'mac-0030e6771001').out, /approve: ordered/);
  t.match(
    trained.json('status').find((x) => x.kind === 'order'),
    { what: 'approve', devices: ['mac-0030e6771001'], type: null },
  );
  for (const [args, text] of [
    [['approve'], /--all/],
    [['approve', 'nobody'], /nothing was learned of a device nobody/],
    [['freeze', '--type', 'ventilatr'], /of type ventilatr/],
    [['relearn', 'mac-0030e6771001', '--all'], /give devices, or/],
    [['rollback', 'ventilator'], /no older version/],
    [['merge', 'one'], /PACK PACK/],
    [['diff'], /diff ID/],
    [['import', '/none.json'], /none\.json/],
  ] as [string[], RegExp][]) {
    const r = trained.baseline(...args);
    t.not(r.code, 0, args.join(' '));
    t.match(r.err, text, args.join(' '));
  }
  t.match(new Site(temporaryFolder(t)).baseline('status').err, /nothing was learned yet/);
});

t.test(
  'export, import and merge: a new site starts with the models of another, and nothing of its devices',
  async (t) => {
    const path = join(trained.dir, 'ward.pack.json');
    t.equal(trained.baseline('export', '--out', path).code, 0);
    const text = readFileSync(path, 'utf8');
    // every address and name of the capture, as text and as bytes, also inside what is packed as base64
    const marks: Buffer[] = [];
    for (const d of trained.json('status').filter((x) => x.kind === 'device')) {
      const mac = String(d.id).replace('mac-', '');
      marks.push(
        Buffer.from(String(d.id)),
        Buffer.from(mac),
        Buffer.from(mac.match(/../g)?.join(':') ?? ''),
        Buffer.from(mac, 'hex'),
      );
    }
    for (const line of readFileSync(join(demo, 'site.csv'), 'utf8').split('\n').slice(1))
      for (const cell of line.split(','))
        if (/\d+\.\d+\.\d+\.\d+/.test(cell)) marks.push(Buffer.from(cell), Buffer.from(cell.split('.').map(Number)));
    const hidden = (t2: string): Buffer[] =>
      [...t2.matchAll(/"([A-Za-z0-9+/]{40,}={0,2})"/g)].map((m) => Buffer.from(m[1], 'base64'));
    const blobs = [Buffer.from(text), ...hidden(text.replaceAll('\\"', '"'))];
    t.ok(blobs.length > 20 && marks.length > 30, `${blobs.length} arrays, ${marks.length} marks`);
    for (const m of marks.filter((b) => b.length >= 6))
      for (const b of blobs) if (b.includes(m)) t.fail(`${m.toString('hex')} is in the pack`);
    t.notMatch(text, /10\.77\./);

    const fresh = new Site(temporaryFolder(t));
    const refused = fresh.baseline('import', path);
    t.not(refused.code, 0);
    const key = /not trusted here: ([0-9a-f]{64})/.exec(refused.err)?.[1] as string;
    t.equal(key, trained.json('status').find((x) => x.kind === 'key')?.key);
    const taken = fresh.baseline('import', path, '--trust', key);
    t.equal(taken.code, 0, taken.err);
    t.match(taken.out, /ventilator: taken/);
    t.match(fresh.json('import', path, '--trust', key), [{ done: /the site has its own/ }]);
    t.ok(fresh.json('status').some((x) => x.kind === 'model' && x.type === 'ventilator'));
    const replay = wardwire([
      'replay',
      join(demo, 'capture.pcap'),
      '--config',
      fresh.config,
      '--models',
      join(fresh.dir, 'models'),
      '--json',
    ]);
    t.equal(replay.code, 0, replay.err);
    const states = replay.out
      .trim()
      .split('\n')
      .map((l) => (JSON.parse(l) as { model: { state: string } }).model.state);
    t.ok(
      states.some((s) => s !== 'no_model'),
      'the models judge from the first day',
    );

    const merged = join(fresh.dir, 'merged.json');
    t.not(fresh.baseline('merge', path, path, '--out', merged).code, 0, 'untrusted');
    t.equal(fresh.baseline('merge', path, path, '--trust', key, '--out', merged).code, 0);
    t.equal((JSON.parse(readFileSync(merged, 'utf8')) as { sites: number }).sites, 2);
    t.equal(fresh.baseline('import', merged, '--replace').code, 0, 'its own signature');
    t.equal(fresh.baseline('rollback', 'ventilator').out.trim(), 'ventilator: version 1 is in use');
    t.match(fresh.baseline('rollback', 'ventilator', '--to', '2').out, /version 2 is in use/);
    t.match(fresh.baseline('diff', 'ventilator').out, /version 1 and 2/);
  },
);

t.test('a changed model is refused by name', async (t) => {
  const site = new Site(temporaryFolder(t));
  site.train();
  const path = join(site.dir, 'models', 'ventilator.model');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"seed":', '"sead":'));
  t.match(site.baseline('status').err, /refused:.*ventilator\.model: the signature of the model does not fit/);
  const r = wardwire([
    'replay',
    join(demo, 'capture.pcap'),
    '--models',
    join(site.dir, 'models'),
    '--config',
    site.config,
  ]);
  t.not(r.code, 0);
  t.match(r.err, /ventilator\.model/);
});

t.test('a running sensor takes approval, freezing and a rollback within seconds', async (t) => {
  const site = new Site(temporaryFolder(t));
  t.equal(site.train().code, 0);
  t.equal(site.baseline('export', '--out', join(site.dir, 'p.json')).code, 0);
  t.equal(site.baseline('import', join(site.dir, 'p.json'), '--replace').code, 0);
  const daemon = new Running(process.execPath, [MAIN, 'run', '--embedded', '--speed', '20', '--data', site.dir]);
  t.teardown(() => daemon.child.kill('SIGKILL'));
  await daemon.until('the end of the capture', () => daemon.out.includes('the capture has ended'), 90_000);
  const state = (id: string): Record<string, unknown> | undefined => site.json('status').find((x) => x.id === id);
  const soon = async (what: string, ready: () => boolean): Promise<number> => {
    const from = Date.now();
    while (!ready()) {
      if (Date.now() - from > 20_000) throw new Error(`${what}: ${daemon.err}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return Date.now() - from;
  };
  t.equal(site.baseline('approve', 'mac-0030e6771001').code, 0);
  const ms = await soon('approved', () => state('mac-0030e6771001')?.state === 'enforcing');
  t.comment(`approved after ${ms} ms`);
  t.equal(site.json('status').filter((x) => x.kind === 'order').length, 0, 'the order is done');
  t.equal(site.baseline('freeze', '--type', 'ventilator').code, 0);
  await soon('frozen', () => state('mac-0030e6771002')?.frozen === true);
  t.equal(site.baseline('relearn', 'mac-0030e6771001').code, 0);
  await soon('relearning', () => state('mac-0030e6771001')?.state === 'learning');
  t.match(state('mac-0030e6771001')?.learned, {}, 'what it learned is forgotten');
  t.equal(site.baseline('rollback', 'ventilator').code, 0);
  await soon('the rollback', () => daemon.err.includes('model for ventilator is now version 1'));
  t.equal(await daemon.stop('SIGTERM'), 0);
  t.equal(state('mac-0030e6771002')?.frozen, true, 'it is kept over the end');
});
