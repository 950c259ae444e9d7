import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import t from 'tap';
import {
  COMMAND_NAMES,
  COMMANDS,
  type CommandName,
  Malformed,
  parseCommand,
} from '../../../src/publish/commands/form.js';
import { projectRoot } from '../../support/wardwire.js';

const ULID = '01M7Y4VFKJTFFB0KXCGAQF4Y1M';
const GOOD: Readonly<Record<CommandName, Record<string, unknown>>> = {
  replay: { boot_id: '3f1c9a', from_seq: 5, to_seq: 9 },
  ack: { incident: ULID, by: 'Jörg Müller', note: 'asked' },
  mute: { incident: ULID, by: 'a', reason: 'planned', for_s: 60, up_to: 'critical' },
  unmute: { mute: 3, by: 'a' },
  normal: { id: ULID, by: 'a', reason: 'new archive', request_id: 'r-1' },
};
const bytes = (v: unknown): Buffer => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v));
const tried = (name: CommandName, body: Uint8Array): 'taken' | string => {
  try {
    parseCommand(name, body);
    return 'taken';
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return error.message;
  }
};

t.test('every command is taken whole and refused with each field missing, wrong or strange', async (t) => {
  for (const name of COMMAND_NAMES) {
    t.equal(tried(name, bytes(GOOD[name])), 'taken', name);
    for (const [key, f] of Object.entries(COMMANDS[name].fields)) {
      const without: Record<string, unknown> = { ...GOOD[name] };
      delete without[key];
      if (!f.optional) t.match(tried(name, bytes(without)), `${key} is missing`);
      for (const bad of [{}, [], true, 1.5, -1, '', 'a\nb', 'x'.repeat(600), '\u202e', '\ud800'])
        t.not(tried(name, bytes({ ...GOOD[name], [key]: bad })), 'taken', `${name}.${key} ${JSON.stringify(bad)}`);
    }
    const said = tried(name, bytes({ ...GOOD[name], PATIENTNAME: 'x' }));
    t.match(said, /a field that/);
    t.notMatch(said, 'PATIENTNAME', 'what is not ours is not repeated');
  }
  t.match(tried('replay', bytes({ boot_id: 'a', from_seq: 9, to_seq: 5 })), /greater/);
  t.match(tried('mute', bytes({ by: 'a', reason: 'b' })), /either incident/);
  t.match(tried('mute', bytes({ ...GOOD.mute, device: 'x' })), /either incident/);
  t.equal(tried('mute', bytes({ scenario: 'net.*', by: 'a', reason: 'b' })), 'taken');
  for (const junk of [
    '',
    '{',
    'null',
    '[]',
    '1',
    '"x"',
    '{"a":',
    '['.repeat(4000),
    '{"__proto__":{"mute":1},"by":"a"}',
  ])
    t.not(tried('unmute', bytes(junk)), 'taken', junk.slice(0, 20));
  t.match(tried('ack', Buffer.from([0x7b, 0xff, 0x7d])), /UTF-8/);
  t.equal(parseCommand('normal', bytes(GOOD.normal)).requestId, 'r-1');
});

t.test('nothing but a refusal or a command comes out, whatever comes in; the published schema agrees', async (t) => {
  const schema = JSON.parse(readFileSync(join(projectRoot(), 'config', 'schema', 'command.schema.json'), 'utf8')) as {
    $id: string;
  };
  const ajv = new Ajv2020({ strict: false, unicodeRegExp: true });
  ajv.addSchema(schema);
  const validate = Object.fromEntries(
    COMMAND_NAMES.map((n) => [n, ajv.compile({ $ref: `${schema.$id}#/$defs/${n}` })]),
  );
  let taken = 0;
  const runs = Number(process.env.WARDWIRE_FUZZ_RUNS ?? 3000);
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.integer(),
    fc.constantFrom(null, true, ULID, 'high', 1, 0, Number.MAX_SAFE_INTEGER, 1e300, '10.1.2.3', 'net.*'),
  );
  const property = fc.property(
    fc.constantFrom(...COMMAND_NAMES),
    fc.array(fc.tuple(fc.nat(), value, fc.boolean()), { maxLength: 3 }),
    (name, changes) => {
      const doc: Record<string, unknown> = { ...GOOD[name] };
      const keys = [...Object.keys(COMMANDS[name].fields), 'request_id', 'strange'];
      for (const [k, v, drop] of changes) {
        const key = keys[k % keys.length];
        if (drop) delete doc[key];
        else doc[key] = v;
      }
      const body = bytes(doc);
      const said = tried(name, body);
      if (said === 'taken') taken++;
      const fits = validate[name](JSON.parse(body.toString()) as unknown);
      // the schema does not know the rules that span fields
      if (said === 'taken' || !/greater|either/.test(said)) return fits === (said === 'taken');
      return true;
    },
  );
  fc.assert(property, { numRuns: runs, seed: 7 });
  fc.assert(
    fc.property(fc.constantFrom(...COMMAND_NAMES), fc.uint8Array({ maxLength: 300 }), (name, body) => {
      tried(name, body);
    }),
    { numRuns: runs, seed: 8 },
  );
  t.ok(taken > runs / 20, `${taken} of ${runs} changed commands were still commands`);
});
