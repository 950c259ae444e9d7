// The IEEE registry of MAC prefixes (package oui-data) as one sorted binary table: read in a millisecond, searched in place.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const LEGAL =
  /[\s,.]+(inc|llc|ltd|limited|corp|corporation|co|company|gmbh|ag|kg|sa|s\.a|spa|s\.p\.a|srl|bv|b\.v|nv|oy|ab|as|a\/s|plc|pty|pte|international|intl)\.?$/i;
/** Length of a prefix in hexadecimal digits: blocks of 24, 28 and 36 bits (MA-L, MA-M, MA-S). */
const LENGTHS = [6, 7, 9];

function shortName(text) {
  let name = text.split('\n')[0].trim();
  for (let next = name.replace(LEGAL, ''); next !== name && next.length > 1; next = name.replace(LEGAL, ''))
    name = next;
  return name.replace(/[\s,.]+$/, '');
}

/*
 * `WWOUI1\0\0`; for each of the three lengths a count u32; then for each length its prefixes (f64, ascending) and the number
 * of each one's name (u32); then the number of names u32, their ends u32 each, and the names (UTF-8). Little endian.
 */
export function makersTable(data) {
  const groups = LENGTHS.map((n) =>
    Object.keys(data)
      .filter((k) => k.length === n)
      .sort(),
  );
  const names = new Map();
  const number = (name) => {
    if (!names.has(name)) names.set(name, names.size);
    return names.get(name);
  };
  const parts = [Buffer.from('WWOUI1\0\0', 'latin1'), Buffer.alloc(16)];
  for (const [i, g] of groups.entries()) parts[1].writeUInt32LE(g.length, 4 * i);
  for (const g of groups) {
    parts.push(Buffer.from(Float64Array.from(g, (k) => Number.parseInt(k, 16)).buffer));
    // rows of numbers keep the next column of doubles aligned
    const numbers = new Uint32Array(g.length + (g.length & 1));
    for (const [i, k] of g.entries()) numbers[i] = number(shortName(data[k]));
    parts.push(Buffer.from(numbers.buffer));
  }
  let end = 0;
  const texts = [...names.keys()].map((n) => Buffer.from(n, 'utf8'));
  const ends = Uint32Array.from(texts, (t) => {
    end += t.length;
    return end;
  });
  const count = Buffer.alloc(4);
  count.writeUInt32LE(texts.length);
  return Buffer.concat([...parts, count, Buffer.from(ends.buffer), ...texts]);
}

/** Writes dist/makers.bin when the package has another version than the table there. */
export function writeMakers(root, say) {
  const path = join(root, 'dist', 'makers.bin');
  const stamp = join(root, 'dist', '.makers');
  const { version } = JSON.parse(readFileSync(join(dirname(require.resolve('oui-data')), 'package.json'), 'utf8'));
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return;
  say('makers of network interfaces');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, makersTable(require('oui-data')));
  writeFileSync(stamp, version);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeMakers(join(dirname(fileURLToPath(import.meta.url)), '..', '..'), (line) => process.stderr.write(`${line}\n`));
}
