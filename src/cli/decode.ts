import { ExitCode, WardwireError } from '../core/index.js';
import {
  type DecodeSummary,
  decodeFile,
  defaultConfig,
  expandCaptures,
  readConfig,
  siteKeyOf,
} from '../runtime/index.js';
import { type Command, capturePaths, single } from './command.js';

interface Args {
  files: string[];
  proto?: string | string[];
  summary?: boolean;
  json?: boolean;
  deep?: boolean;
  config?: string | string[];
}

const PROTOCOLS = [
  'dicom',
  'hl7',
  'tls',
  'http',
  'mqtt',
  'smb',
  'dhcp',
  'vitals',
  'dns',
  'service',
  'evidence',
  'weird',
];

/** Kinds to print; unknown names are refused. @throws WardwireError('usage') */
function protocolsOf(text: string | undefined): ReadonlySet<string> | null {
  if (text === undefined) return null;
  const names = text.split(',').map((n) => n.trim());
  const bad = names.find((n) => !PROTOCOLS.includes(n));
  if (bad !== undefined) throw new WardwireError('usage', `--proto: '${bad}' is none of ${PROTOCOLS.join(', ')}`);
  return new Set(names);
}

function readable(s: DecodeSummary): string {
  const pairs = (o: Record<string, number>): string =>
    Object.entries(o)
      .map(([k, n]) => `${k} ${n}`)
      .join(', ') || 'none'; // prettier-ignore
  return [
    `${s.file}: ${s.packets} packets, ${s.tcp_streams} TCP streams, ${s.gaps} gaps`,
    `  DICOM PDUs: ${pairs(s.dicom_pdus)}`,
    `  DIMSE: ${pairs(s.dimse)}`,
    `  HL7: ${s.hl7_messages} messages (${pairs(s.hl7_types)}), acknowledgements: ${pairs(s.hl7_acks)}`,
    `  oddities: ${pairs(s.weirds)}`,
  ].join('\n');
}

export const decodeCommand: Command<Args> = {
  name: 'decode <files..>',
  text: 'Print what DICOM and HL7 said in capture files, without patient data',
  options: (y) =>
    y
      .positional('files', { type: 'string', array: true, describe: 'capture files or folders, - for standard input' })
      .option('proto', { type: 'string', describe: `only these, comma separated: ${PROTOCOLS.join(', ')}` })
      .option('summary', { type: 'boolean', default: false, describe: 'counts a file instead of events' })
      .option('json', { type: 'boolean', default: false, describe: 'with --summary: one JSON object a file' })
      .option('deep', {
        type: 'boolean',
        default: false,
        describe: 'with every data set the elements of its head: tag, VR, length, never a value',
      })
      .option('config', { type: 'string', describe: 'configuration file (its site key keys the tokens)' })
      .example('$0 decode --proto dicom ct.pcap', 'one JSON event a line')
      .example('$0 decode --summary --json *.pcap', 'one JSON object a file'),
  async run(args, output) {
    const configPath = single('config', args.config);
    const config = configPath === undefined ? defaultConfig() : readConfig(configPath);
    const wanted = protocolsOf(single('proto', args.proto));
    const { files, passedOver } = await expandCaptures(capturePaths(args.files));
    for (const { text } of passedOver) output.err(text);
    for (const { path } of files) {
      const summary = await decodeFile(path, config.settings, siteKeyOf(config), {
        deep: args.deep,
        event: args.summary
          ? undefined
          : (line) => {
              const kind = String(line.kind);
              if (wanted === null || wanted.has(kind.split('.')[0])) output.out(JSON.stringify(line));
            },
        notice: (n) => {
          if (n.text !== '') output.err(n.text);
        },
      });
      if (args.summary) output.out(args.json ? JSON.stringify(summary) : readable(summary));
    }
    return ExitCode.Ok;
  },
};
