import { join } from 'node:path';
import type { MixKind } from '../support/gen/index.js';
import { haveProgram } from '../support/namespace.js';
import { projectRoot } from '../support/wardwire.js';
import { pythonWith } from './tools.js';

/** What a program makes of the packets, beyond reading them. */
export const WORK = ['flows', 'DICOM', 'HL7', 'features', 'score'] as const;
export type Work = (typeof WORK)[number];

/** A program that reads a capture file. */
export interface Peer {
  readonly name: string;
  readonly program: string;
  /** Its words for a file; `scratch` is a folder it may leave files in, and where it runs. */
  readonly args: (file: string, scratch: string) => string[];
  readonly does: readonly Work[];
  /** Far slower than all others: fewer runs of it in a long bench. */
  readonly slow?: boolean;
  /** Packets it says it read, from what it printed. */
  readonly said?: (output: string) => number;
  /** For those that say it elsewhere only: a run that is not timed, whose output `said` reads. */
  readonly counting?: (file: string, scratch: string) => readonly string[];
}

const grab =
  (...patterns: readonly RegExp[]) =>
  (output: string): number =>
    patterns.reduce((sum, p) => sum + Number(p.exec(output)?.[1].replaceAll(',', '') ?? Number.NaN), 0);

const FLOWS: readonly Work[] = ['flows'];

const NFSTREAM = `
import sys
from nfstream import NFStreamer
packets = 0
for flow in NFStreamer(source=sys.argv[1], statistical_analysis=True, n_meters=1):
    packets += flow.bidirectional_packets
print(packets, "packets of IP")
`;

/** Ours: the whole sensor, and what it stands on. */
function own(kind: MixKind, main: string, models: string | null): Peer[] {
  const node = process.execPath;
  const dist = join(projectRoot(), 'dist');
  const bench = (name: string) => (f: string) => [join(dist, 'tests', 'bench', name), f];
  const replay = (name: string, learned: string | null): Peer => ({
    name,
    program: node,
    args: (f) => [main, 'replay', '--json', ...(learned === null ? [] : ['--models', learned]), f],
    does: WORK.filter((w) => w !== 'score' || learned !== null),
    said: grab(/(\d+) packets, /),
  });
  const list: Peer[] = [
    replay('wardwire replay', models),
    ...(models === null ? [] : [replay('wardwire replay, learning', null)]),
    { name: 'wardwire packet path', program: node, args: bench('path.js'), does: FLOWS, said: grab(/(\d+) packets, /) },
    { name: 'bare record loop (JS)', program: node, args: bench('bare-loop.js'), does: [], said: grab(/(\d+) \d+/) },
  ];
  if (kind === 'hl7')
    list.push({ name: 'hl7-standard', program: node, args: bench('hl7-standard.js'), does: ['HL7'], slow: true });
  return list;
}

/** The field's programs, each with the options of its documentation that make it work hardest on flows and least on output. */
function field(): Peer[] {
  const tshark = ['-T', 'fields', '-e', 'dicom.pdu.type', '-e', 'hl7.message.type', '-z', 'io,stat,0'];
  const python = pythonWith('nfstream');
  const list: Peer[] = [
    {
      name: 'tcpdump -w',
      program: 'tcpdump',
      args: (f) => ['-r', f, '-w', '/dev/null'],
      does: [],
      counting: (f) => ['tcpdump', '-r', f, '--count'],
      said: grab(/^(\d+) packets/m),
    },
    {
      name: 'ndpiReader -q',
      program: 'ndpiReader',
      args: (f) => ['-i', f, '-q'],
      does: FLOWS,
      counting: (f) => ['ndpiReader', '-i', f],
      said: grab(/of (\d+) packets total/),
    },
    {
      name: 'argus',
      program: 'argus',
      // -X: whatever /etc/argus.conf says
      args: (f) => ['-X', '-r', f, '-w', '/dev/null'],
      does: FLOWS,
      ...(haveProgram('racount') && {
        counting: (f, scratch) => [
          'sh',
          '-c',
          'argus -X -r "$1" -w "$2/argus.out" && racount -r "$2/argus.out"',
          'sh',
          f,
          scratch,
        ],
        said: grab(/sum\s+\d+\s+(\d+)/),
      }),
    },
    {
      name: 'softflowd',
      program: 'softflowd',
      // port 9: whatever is sent there is thrown away
      args: (f) => ['-r', f, '-n', '127.0.0.1:9', '-d', '-c', 'none'],
      does: FLOWS,
      said: grab(/Packets processed: (\d+)/, /Ignored packets: (\d+)/),
    },
    {
      name: 'nfpcapd',
      program: 'nfpcapd',
      args: (f, scratch) => ['-r', f, '-l', scratch],
      does: FLOWS,
      said: grab(/Total: Processed: (\d+)/, /Total: .*skipped: (\d+)/),
    },
    {
      name: 'zeek',
      program: 'zeek',
      args: (f) => ['-C', '-r', f],
      does: FLOWS,
    },
    {
      name: 'suricata, no rules',
      program: 'suricata',
      args: (f, scratch) => ['-r', f, '-l', scratch, '-k', 'none', '-S', '/dev/null', '--runmode', 'single', '-v'],
      does: FLOWS,
      said: grab(/read \d+ files?, (\d+) packets/),
    },
    {
      name: 'yaf',
      program: 'yaf',
      args: (f) => ['--in', f, '--out', '/dev/null', '--verbose'],
      does: FLOWS,
      said: grab(/Processed (\d+) packets/),
    },
    {
      name: 'tshark',
      program: 'tshark',
      args: (f) => ['-n', '-r', f, '-Y', 'dicom || hl7', ...tshark],
      does: ['flows', 'DICOM', 'HL7'],
      slow: true,
      said: grab(/<>\s+[\d.]+ \|\s+(\d+) \|/),
    },
  ];
  const found = list.filter((p) => haveProgram(p.program));
  if (python !== null) {
    const args = (f: string): string[] => ['-c', NFSTREAM, f];
    found.push({ name: 'nfstream', program: python, args, does: ['flows', 'features'], slow: true });
  }
  return found;
}

/**
 * Everything that can read a capture of a kind on this machine, the whole sensor first: `main` is its program, `models` the folder of
 * what it learned, null nothing.
 */
export const peers = (kind: MixKind, main: string, models: string | null): Peer[] => [
  ...own(kind, main, models),
  ...field(),
];

/** What is asked of the field but not installed here. */
export function absent(): string[] {
  const programs = ['tcpdump', 'ndpiReader', 'argus', 'softflowd', 'nfpcapd', 'zeek', 'suricata', 'yaf', 'tshark'];
  return [...programs.filter((p) => !haveProgram(p)), ...(pythonWith('nfstream') === null ? ['nfstream'] : [])];
}
