import { type Conversation, type Device, ExitCode, WardwireError } from '../core/index.js';
import { type AclRule, aclNote, Ends, iosRule, nftRule } from '../runtime/index.js';
import { type Command, single } from './command.js';
import { csvLine } from './csv.js';
import { calls, readInventory, type SourceArgs, sourceOptions } from './inventory-source.js';

interface Args extends SourceArgs {
  action?: string;
  format?: string | string[];
  json?: boolean;
  'min-flows'?: number;
}

const FORMATS = ['csv', 'nftables', 'cisco'] as const;

/** One allowed conversation with the addresses its ends have now. */
interface Rule {
  readonly c: Conversation;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly pairs: readonly { v6: boolean; from: string; to: string }[];
  readonly fromName: string;
  readonly toName: string;
}

/** Rules between devices whose addresses are known, the most used first. */
function rulesOf(devices: readonly Device[], conversations: readonly Conversation[], minFlows: number): Rule[] {
  const ends = new Ends(devices);
  const name = (end: string): string => {
    const d = ends.device(end);
    return d === undefined ? end : `${calls(d)} (${d.type})`;
  };
  return conversations
    .filter((c) => c.flows >= minFlows)
    .map((c) => ({
      c,
      from: ends.addresses(c.src),
      to: ends.addresses(c.dst),
      pairs: ends.pairs(c.src, c.dst),
      fromName: name(c.src),
      toName: name(c.dst),
    }))
    .sort((a, b) => b.c.flows - a.c.flows || a.c.src.localeCompare(b.c.src) || a.c.dst.localeCompare(b.c.dst));
}

/** A line of the matrix by its column names. */
function record({ c, from, to, fromName, toName }: Rule): Record<string, string | number | null> {
  return {
    source: c.src,
    source_name: fromName,
    source_ip: from.join(' '),
    destination: c.dst,
    destination_name: toName,
    destination_ip: to.join(' '),
    transport: c.transport,
    port: c.port,
    protocol: c.app,
    flows: c.flows,
    octets_out: Math.round(c.octetsOut),
    octets_in: Math.round(c.octetsIn),
  };
}

const COLUMNS = [
  'source',
  'source_name',
  'source_ip',
  'destination',
  'destination_name',
  'destination_ip',
  'transport',
  'port',
  'protocol',
  'flows',
  'octets_out',
  'octets_in',
] as const;

function csv(rules: readonly Rule[]): string[] {
  return [csvLine(COLUMNS), ...rules.map((r) => csvLine(COLUMNS.map((k) => record(r)[k])))];
}

/** The accepting rules of a conversation; what no filter can tell apart is left out. */
function accepting(r: Rule): AclRule[] {
  const { c } = r;
  if (c.dst === 'multicast' || c.transport === 'other') return [];
  const comment = `${c.flows} flows, ${aclNote(`${r.fromName} to ${r.toName}`)}`;
  const port = c.transport === 'icmp' ? null : c.port;
  return r.pairs.map((p) => ({ action: 'accept', ...p, transport: c.transport, port, portAt: 'to', comment }));
}

/** A rule set for nft(8); accepts what was seen, and counts and logs the rest without dropping it. */
function nftables(rules: readonly Rule[]): string[] {
  const body = rules.flatMap(accepting).map((r) => `    ${nftRule(r)}`);
  return [
    '# What was seen, as a rule set for nft -f: a proposal to be read by people before it is used.',
    '# The last rule only logs; make it drop when nothing wanted is logged any more.',
    'table inet wardwire_segmentation {',
    '  chain forward {',
    '    type filter hook forward priority filter; policy accept;',
    '    ct state established,related accept',
    ...body,
    '    counter log prefix "not-learned: "',
    '  }',
    '}',
  ];
}

/** Extended access lists for Cisco IOS, one for each IP version. */
function cisco(rules: readonly Rule[]): string[] {
  const list = (v6: boolean): string[] =>
    rules.flatMap((r) => {
      const mine = accepting(r).filter((a) => a.v6 === v6);
      const remark = ` remark ${r.c.flows} flows: ${aclNote(`${r.fromName} to ${r.toName}`)}`;
      return mine.length === 0 ? [] : [remark, ...mine.map((a) => ` ${iosRule(a)}`)];
    });
  return [
    '! What was seen, as access lists: a proposal to be read by people before it is used.',
    'ip access-list extended WARDWIRE-SEEN',
    ...list(false),
    ' permit tcp any any established',
    ' deny ip any any log',
    'ipv6 access-list WARDWIRE-SEEN-V6',
    ...list(true),
    ' permit tcp any any established',
    ' deny ipv6 any any log',
  ];
}

export const segmentationCommand: Command<Args> = {
  name: 'segmentation [action]',
  text: 'Who talks to whom over what, as a matrix or as rules for a firewall',
  options: (y) =>
    sourceOptions(y)
      .positional('action', { choices: ['export'] as const, default: 'export', describe: 'what to do' })
      .option('format', {
        choices: FORMATS,
        default: 'csv',
        describe: 'csv matrix, nft rule set, Cisco IOS access lists',
      })
      .option('json', { type: 'boolean', default: false, describe: 'the matrix, one JSON object a line' })
      .option('min-flows', { type: 'number', default: 1, describe: 'leave out what was seen less often' })
      .example('$0 segmentation export --format nftables > seen.nft', 'a proposal, to be read before it is used'),
  async run(args, output) {
    const min = args['min-flows'] ?? 1;
    if (!(min >= 1)) throw new WardwireError('usage', '--min-flows must be 1 or more');
    const { devices, conversations } = await readInventory(args, output);
    const rules = rulesOf(devices, conversations, min);
    const format = single('format', args.format);
    const text = args.json
      ? rules.map((r) => JSON.stringify(record(r)))
      : format === 'nftables'
        ? nftables(rules)
        : format === 'cisco'
          ? cisco(rules)
          : csv(rules);
    for (const l of text) output.out(l);
    const without = rules.filter((r) => r.pairs.length === 0 && r.c.dst !== 'multicast').length;
    const flows = rules.reduce((n, r) => n + r.c.flows, 0);
    output.err(
      `${rules.length} conversations of ${flows} flows${without > 0 ? `, ${without} of them without an address to name` : ''}`,
    );
    return ExitCode.Ok;
  },
};
