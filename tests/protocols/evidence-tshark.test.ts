import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cleanText } from '../../src/core/index.js';
import { decodeFile, defaultConfig } from '../../src/runtime/index.js';
import { haveProgram } from '../support/namespace.js';
import { sharedFolder } from '../support/wardwire.js';

// What clients and servers call themselves, as tshark reads the same real captures.
t.setTimeout(240_000);

/** tshark's field, and where ours stands. */
const FIELDS: Readonly<Record<string, string>> = {
  'dhcp.option.vendor_class_id': 'dhcp.class',
  'http.user_agent': 'http.agent',
  'http.server': 'server',
};
const EVERY = 4;
const MAX_VALUE = 96;

function tshark(file: string): Set<string> {
  const out = new Set<string>();
  const fields = Object.keys(FIELDS);
  const args = [
    '-r',
    file,
    '-T',
    'fields',
    '-E',
    'occurrence=a',
    '-E',
    'aggregator=\x01',
    ...fields.flatMap((f) => ['-e', f]),
  ];
  const r = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  for (const line of r.stdout.split('\n')) {
    line.split('\t').forEach((cell, i) => {
      for (const value of cell.split('\x01')) {
        const clean = cleanText(value, MAX_VALUE);
        if (clean !== '') out.add(`${FIELDS[fields[i]]}: ${clean}`);
      }
    });
  }
  return out;
}

async function ours(file: string): Promise<Set<string>> {
  const out = new Set<string>();
  await decodeFile(file, defaultConfig().settings, '00'.repeat(32), {
    event: (e) => {
      if (e.kind !== 'evidence') return;
      // tshark shows SSDP's header under HTTP's name
      const name = e.field === 'server' ? 'server' : e.field === 'agent' ? 'http.agent' : `${e.source}.${e.field}`;
      if (Object.values(FIELDS).includes(name)) out.add(`${name}: ${e.value}`);
    },
  });
  return out;
}

t.test('the same names as tshark', async (t) => {
  const folder = join(sharedFolder() ?? '', 'pcaps', 'iot', 'IoT_Sentinel');
  if (!existsSync(folder) || !haveProgram('tshark')) {
    t.comment('SKIPPED LOUDLY: no captures here, or tshark is not installed');
    return;
  }
  const files = readdirSync(folder)
    .sort()
    .filter((_, i) => i % EVERY === 0);
  let named = 0;
  for (const file of files) {
    const theirs = tshark(join(folder, file));
    const mine = await ours(join(folder, file));
    // later requests of one connection are not read: every name they hold was said before
    t.same(
      [...mine].filter((x) => !theirs.has(x)),
      [],
      `${file}: nothing made up`,
    );
    t.same(
      [...theirs].filter((x) => !mine.has(x)),
      [],
      `${file}: nothing missed`,
    );
    named += theirs.size;
  }
  t.ok(named > 15, `${named} names in ${files.length} captures`);
});
