import { type Conversation, type Device, ExitCode } from '../core/index.js';
import { type Command, single } from './command.js';
import { csvLine, table } from './csv.js';
import { calls, readInventory, type SourceArgs, sourceOptions } from './inventory-source.js';

interface Args extends SourceArgs {
  format?: string | string[];
  json?: boolean;
}

const FORMATS = ['text', 'csv', 'json'] as const;

interface Path {
  readonly from: string;
  readonly from_name: string;
  readonly from_type: string;
  readonly to: string;
  readonly to_name: string;
  readonly to_type: string;
  readonly protocol: string;
  readonly port: number;
  /** DICOM objects and identifiers, HL7 messages. */
  readonly messages: number;
  readonly octets: number;
  readonly leaves_site: boolean;
}

/** Where clear-text clinical data goes, the largest first. */
function pathsOf(devices: readonly Device[], conversations: readonly Conversation[]): Path[] {
  const byId = new Map(devices.map((d) => [d.id, d]));
  const name = (id: string): string => {
    const d = byId.get(id);
    return d === undefined ? id : calls(d);
  };
  const type = (id: string): string => byId.get(id)?.type ?? '';
  return conversations
    .filter((c) => c.ephiMessages > 0)
    .sort((a, b) => b.ephiOctets - a.ephiOctets || a.src.localeCompare(b.src))
    .map((c) => ({
      from: c.src,
      from_name: name(c.src),
      from_type: type(c.src),
      to: c.dst,
      to_name: name(c.dst),
      to_type: type(c.dst),
      protocol: c.app,
      port: c.port,
      messages: c.ephiMessages,
      octets: Math.round(c.ephiOctets),
      leaves_site: c.dst === 'external' || c.src === 'external',
    }));
}

export const ephiCommand: Command<Args> = {
  name: 'ephi',
  text: 'Which devices send clear-text DICOM or HL7 to whom, and how much',
  options: (y) =>
    sourceOptions(y)
      .option('format', { choices: FORMATS, default: 'text', describe: 'a table, CSV, or one JSON object a line' })
      .option('json', { type: 'boolean', default: false, describe: 'the same as --format json' })
      .example('$0 ephi --pcap monday.pcap', 'a report of one capture'),
  async run(args, output) {
    const { devices, conversations } = await readInventory(args, output);
    const paths = pathsOf(devices, conversations);
    const format = args.json ? 'json' : single('format', args.format);
    if (format === 'json') {
      for (const p of paths) output.out(JSON.stringify(p));
    } else if (format === 'csv') {
      const keys = [
        'from',
        'from_name',
        'from_type',
        'to',
        'to_name',
        'to_type',
        'protocol',
        'port',
        'messages',
        'octets',
        'leaves_site',
      ] as const; // prettier-ignore
      output.out(csvLine(keys));
      for (const p of paths)
        output.out(
          csvLine(keys.map((k) => (typeof p[k] === 'boolean' ? (p[k] ? 'yes' : 'no') : (p[k] as string | number)))),
        );
    } else if (paths.length === 0) output.out('no clear-text DICOM or HL7 was seen');
    else {
      const rows = paths.map((p) => [
        `${p.from_name}${p.from_type === '' ? '' : ` (${p.from_type})`}`,
        `${p.to_name}${p.to_type === '' ? '' : ` (${p.to_type})`}`,
        `${p.protocol} ${p.port}`,
        String(p.messages),
        String(p.octets),
        p.leaves_site ? 'LEAVES THE SITE' : '',
      ]);
      for (const l of table(['from', 'to', 'over', 'messages', 'octets', ''], rows)) output.out(l);
    }
    return ExitCode.Ok;
  },
};
