import { type CommandResult, type OperatorCommand, SEVERITIES, type Severity } from '../../core/index.js';

/** What a subscriber who saw a hole in `seq` asks for. */
export interface ReplayCommand {
  readonly cmd: 'replay';
  readonly boot_id: string;
  readonly from_seq: number;
  readonly to_seq: number;
}

/** What may come over a broker; what was called normal is taken back at the sensor only. */
export type BrokerCommand = ReplayCommand | Exclude<OperatorCommand, { cmd: 'revoke' }>;
export type CommandName = BrokerCommand['cmd'];

/** One field of a command. Texts never hold control characters. */
type Field = {
  readonly optional?: boolean;
  readonly text: string;
} & (
  | { readonly type: 'text'; readonly max: number }
  | { readonly type: 'id'; readonly pattern: string }
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'severity' }
);

const MAX_SEQ = Number.MAX_SAFE_INTEGER;
const WHO: Field = { type: 'text', max: 64, text: 'Who asks: a person or an account.' };
const INCIDENT: Field = { type: 'id', pattern: '^[0-9A-HJKMNP-TV-Z]{26}$', text: 'Incident id of a verdict.' };

/** Every command: its fields. The parser and the published schema are made of this. */
export const COMMANDS: Readonly<
  Record<CommandName, { readonly text: string; readonly fields: Record<string, Field> }>
> = {
  replay: {
    text: 'Send verdicts again that were missed: a hole in seq of one boot_id.',
    fields: {
      boot_id: { type: 'id', pattern: '^[0-9a-f]{1,64}$', text: 'The boot_id of the verdicts around the hole.' },
      from_seq: { type: 'integer', min: 1, max: MAX_SEQ, text: 'First number missed.' },
      to_seq: { type: 'integer', min: 1, max: MAX_SEQ, text: 'Last number missed.' },
    },
  },
  ack: {
    text: 'Somebody has seen an incident: its updates are no longer sent unless it gets graver.',
    fields: {
      incident: INCIDENT,
      by: WHO,
      note: { type: 'text', max: 500, optional: true, text: 'A remark; kept, not sent.' },
    },
  },
  mute: {
    text: 'Keep verdicts in the log only, for a while: those like an incident, or of a device, scenario and peer.',
    fields: {
      incident: { ...INCIDENT, optional: true },
      device: { type: 'text', max: 128, optional: true, text: 'Device id, address or name.' },
      scenario: {
        type: 'id',
        pattern: '^[a-z0-9_]{1,32}(\\.[a-z0-9_]{1,32}){0,4}(\\.\\*)?$',
        optional: true,
        text: 'A scenario, or a family such as net.*.',
      },
      peer: { type: 'id', pattern: '^[0-9A-Za-z:.-]{1,64}$', optional: true, text: 'Address of the other end.' },
      for_s: {
        type: 'integer',
        min: 1,
        max: 31_536_000,
        optional: true,
        text: 'How long, s; always said for devices that keep somebody alive or watch him.',
      },
      up_to: { type: 'severity', optional: true, text: 'A graver verdict ends it.' },
      by: WHO,
      reason: { type: 'text', max: 500, text: 'Why; kept, not sent.' },
    },
  },
  unmute: {
    text: 'End a mute.',
    fields: { mute: { type: 'integer', min: 1, max: MAX_SEQ, text: 'Its number.' }, by: WHO },
  },
  normal: {
    text: 'What a verdict found is normal: the device learns it.',
    fields: {
      id: { ...INCIDENT, text: 'Id of a verdict or an incident.' },
      by: WHO,
      reason: { type: 'text', max: 500, text: 'Why; kept, not sent.' },
    },
  },
}; // prettier-ignore

export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];
/** The field a sender over MQTT 3.1.1 knows the answer by; MQTT 5 has correlation data. */
const REQUEST_ID: Field = {
  type: 'id',
  pattern: '^[A-Za-z0-9._-]{1,64}$',
  optional: true,
  text: 'Comes back in the answer.',
};

/** A body that is no command. The text names the field, never its value. */
export class Malformed extends Error {}

/** Reads the body of a command strictly: one flat JSON object with the fields of its kind and no others. @throws Malformed */
export function parseCommand(
  name: CommandName,
  body: Uint8Array,
): { readonly command: BrokerCommand; readonly requestId: string | null } {
  const doc = objectOf(body);
  const { fields } = COMMANDS[name];
  const out: Record<string, unknown> = { cmd: name };
  for (const key of Object.keys(doc)) {
    // what is not ours may be anything: it is not repeated
    if (key !== 'request_id' && !Object.hasOwn(fields, key)) {
      throw new Malformed(`a field that ${name} does not have; it has ${Object.keys(fields).join(', ')}, request_id`);
    }
  }
  for (const [key, field] of Object.entries(fields)) out[key] = fieldOf(key, field, own(doc, key));
  const requestId = fieldOf('request_id', REQUEST_ID, own(doc, 'request_id')) as string | null;
  return { command: shaped(out), requestId };
}

function own(doc: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(doc, key) ? doc[key] : undefined;
}

function objectOf(body: Uint8Array): Record<string, unknown> {
  let doc: unknown;
  try {
    doc = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Malformed('not JSON in UTF-8');
  }
  if (typeof doc !== 'object' || doc === null || Array.isArray(doc)) throw new Malformed('not a JSON object');
  return doc as Record<string, unknown>;
}

function fieldOf(key: string, f: Field, v: unknown): unknown {
  if (v === undefined || (v === null && f.optional)) {
    if (f.optional) return null;
    throw new Malformed(`${key} is missing`);
  }
  switch (f.type) {
    case 'integer':
      if (!Number.isSafeInteger(v) || (v as number) < f.min || (v as number) > f.max)
        throw new Malformed(`${key} must be a whole number from ${f.min} to ${f.max}`);
      return v;
    case 'severity':
      if (!SEVERITIES.includes(v as Severity)) throw new Malformed(`${key} must be one of ${SEVERITIES.join(', ')}`);
      return v;
    case 'id':
      if (typeof v !== 'string' || !new RegExp(f.pattern).test(v))
        throw new Malformed(`${key} must match ${f.pattern}`);
      return v;
    case 'text':
      if (typeof v !== 'string' || v.length === 0 || v.length > f.max || !PLAIN.test(v))
        throw new Malformed(`${key} must be a text of 1 to ${f.max} characters without control characters`);
      return v;
  }
}

const PLAIN = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u;

/** As the rooms behind know it; the rules that span fields. */
function shaped(o: Record<string, unknown>): BrokerCommand {
  if (o.cmd === 'replay' && (o.from_seq as number) > (o.to_seq as number))
    throw new Malformed('from_seq is greater than to_seq');
  if (o.cmd === 'ack') return { ...o, note: o.note ?? '' } as BrokerCommand;
  if (o.cmd !== 'mute') return o as unknown as BrokerCommand;
  const scoped = o.device !== null || o.scenario !== null || o.peer !== null;
  if (scoped === (o.incident !== null)) throw new Malformed('give either incident, or device, scenario and peer');
  const { for_s, up_to, ...rest } = o;
  return { ...rest, forS: for_s, upTo: up_to } as unknown as BrokerCommand;
}

/** JSON Schemas of the bodies, by command, and of the answer: what `config/schema/command.schema.json` is made of. */
export function commandSchema(resultCodes: readonly CommandResult['code'][]): Record<string, unknown> {
  const property = (f: Field): Record<string, unknown> => {
    const { text: description } = f;
    if (f.type === 'integer') return { type: 'integer', minimum: f.min, maximum: f.max, description };
    if (f.type === 'severity') return { enum: SEVERITIES, description };
    if (f.type === 'id') return { type: 'string', pattern: f.pattern, description };
    return { type: 'string', minLength: 1, maxLength: f.max, pattern: PLAIN.source, description };
  };
  const orNull = (f: Field): Record<string, unknown> =>
    f.optional ? { anyOf: [property(f), { type: 'null' }] } : property(f);
  const defs: Record<string, unknown> = {};
  for (const name of COMMAND_NAMES) {
    const { text, fields } = COMMANDS[name];
    defs[name] = {
      type: 'object',
      description: text,
      properties: Object.fromEntries(
        Object.entries({ ...fields, request_id: REQUEST_ID }).map(([k, f]) => [k, orNull(f)]),
      ),
      required: Object.keys(fields).filter((k) => !fields[k].optional),
      additionalProperties: false,
    };
  }
  defs.result = {
    type: 'object',
    description: 'The answer to a command.',
    properties: {
      schema: { const: RESULT_SCHEMA },
      command: { anyOf: [{ enum: COMMAND_NAMES }, { type: 'null' }] },
      request_id: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      ok: { type: 'boolean' },
      code: { enum: resultCodes },
      text: { type: 'string', description: 'A sentence for people.' },
      data: { type: 'object', description: 'What was done, by command.' },
    },
    required: ['schema', 'command', 'request_id', 'ok', 'code', 'text'],
    additionalProperties: false,
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://wardwire.example/schema/command.v1.json',
    title: 'Commands over the broker',
    $defs: defs,
  };
}

export const RESULT_SCHEMA = 'wardwire.command-result.v1';
