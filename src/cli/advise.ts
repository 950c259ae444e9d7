import { readFileSync } from 'node:fs';
import { ExitCode, SEVERITIES, type Severity, VERDICT_SCHEMA, type Verdict, WardwireError } from '../core/index.js';
import {
  type AdvisedCase,
  adviseDevice,
  adviseVerdict,
  cisco,
  dryRunText,
  nftables,
  openVerdicts,
} from '../runtime/index.js';
import { type Command, STDIN, single } from './command.js';
import { configOf, readInventory, type SourceArgs, sourceOptions } from './inventory-source.js';
import type { Output } from './output.js';

interface Args extends SourceArgs {
  id?: string;
  device?: string | string[];
  severity?: string | string[];
  verdict?: string | string[];
  format?: string | string[];
  json?: boolean;
}

const FORMATS = ['text', 'nftables', 'cisco'] as const;
const HEAD = 'A proposal to be read by people before it is used; the sensor does nothing to the network.';

/** One verdict as JSON, in a file or on standard input. @throws WardwireError('file') */
function verdictIn(path: string): Verdict {
  try {
    const v = JSON.parse(readFileSync(path === STDIN ? 0 : path, 'utf8')) as Verdict;
    if (v?.schema === VERDICT_SCHEMA) return v;
  } catch (cause) {
    throw new WardwireError('file', `${path}: cannot be read as a verdict: ${(cause as Error).message}`);
  }
  throw new WardwireError('file', `${path}: is no ${VERDICT_SCHEMA}`, [
    { path, text: 'one verdict as JSON is needed', hint: 'replay --json prints one a line' },
  ]);
}

/** The verdict of an id, or the newest of an incident. @throws WardwireError('usage' | 'file') */
function verdictOf(args: Args, id: string): Verdict {
  const log = openVerdicts(configOf(args));
  try {
    const incident = log.incidentOf(id);
    const found = log.verdict(id) ?? (incident === null ? undefined : log.ofIncident(incident).at(-1));
    if (found === undefined) {
      throw new WardwireError('usage', `${id}: no verdict or incident of this id in the log`, [
        { path: 'id', text: id, hint: 'incidents list names them' },
      ]);
    }
    return found.verdict;
  } finally {
    log.close();
  }
}

async function caseOf(args: Args, output: Output): Promise<{ verdict: Verdict | null; advised: AdvisedCase }> {
  const file = single('verdict', args.verdict);
  const device = single('device', args.device);
  const given = [args.id, file, device].filter((x) => x !== undefined).length;
  if (given !== 1)
    throw new WardwireError('usage', 'advise needs one of: the id of a verdict, --verdict FILE, --device D');
  const config = configOf(args);
  if (device !== undefined) {
    const severity = (single('severity', args.severity) ?? 'critical') as Severity;
    return { verdict: null, advised: adviseDevice(config, device, severity, await readInventory(args, output)) };
  }
  const verdict = file !== undefined ? verdictIn(file) : verdictOf(args, args.id as string);
  return { verdict, advised: adviseVerdict(config, verdict, await readInventory(args, output)) };
}

function text(verdict: Verdict | null, { case: c, advice: a }: AdvisedCase, output: Output): void {
  const what = verdict === null ? `${c.severity}, as assumed` : `${verdict.scenario} (${verdict.severity}), ${c.role}`;
  output.out(`${c.device} (${c.profile.title}): ${what}`);
  output.out(`level: ${a.level}${a.notify.length > 0 ? `; tell ${a.notify.join(', ')}` : ''}`);
  for (const s of a.steps) output.out(`- ${s}`);
  output.out(`isolate: ${a.isolate ? 'may be considered' : 'no'}${a.doNotIsolate ? ' (never for this device)' : ''}`);
  for (const p of a.proposals) {
    output.out('');
    output.out(`proposal: ${p.text}`);
    output.out(`dry run: ${dryRunText(p.dryRun)}`);
    for (const x of p.dryRun.cut) output.out(`  cut: ${x.src} to ${x.dst}, ${x.transport} ${x.port}, ${x.flows} flows`);
    for (const l of nftables(p.rules, [HEAD])) output.out(`  ${l}`);
  }
  for (const w of a.withheld) output.out(`not proposed: ${w}`);
}

export const adviseCommand: Command<Args> = {
  name: 'advise [id]',
  text: 'What people are advised to do about a verdict: level, steps, proposed rules with a dry run',
  options: (y) =>
    sourceOptions(y)
      .positional('id', { type: 'string', describe: 'id of a verdict or an incident in the log' })
      .option('verdict', { type: 'string', describe: 'file with one verdict as JSON, - for standard input' })
      .option('device', { type: 'string', describe: 'what would be advised for this device (id, name or address)' })
      .option('severity', { choices: SEVERITIES, describe: 'with --device: at this severity (critical)' })
      .option('format', {
        choices: FORMATS,
        default: 'text',
        describe: 'text, or only the widest proposal as an nft rule set or Cisco IOS access lists',
      })
      .option('json', { type: 'boolean', default: false, describe: 'JSON on standard output' })
      .example('$0 advise 01JE…', 'the advice for a verdict')
      .example('$0 advise --device 10.1.2.3', 'what would be advised at worst')
      .example('$0 advise 01JE… --format nftables > proposal.nft', 'a proposal, to be read before it is used'),
  async run(args, output) {
    const { verdict, advised } = await caseOf(args, output);
    const { case: c, advice } = advised;
    const format = single('format', args.format) as (typeof FORMATS)[number];
    if (args.json) {
      const proposals = advice.proposals.map((p) => ({
        what: p.what,
        text: p.text,
        dry_run: { ...p.dryRun, text: dryRunText(p.dryRun) },
        nftables: nftables(p.rules, [HEAD]).join('\n'),
        cisco: cisco(p.rules, [HEAD]).join('\n'),
      }));
      output.out(
        JSON.stringify({
          verdict: verdict?.id ?? null,
          device: c.device,
          type: c.profile.type,
          severity: c.severity,
          level: advice.level,
          notify: advice.notify,
          steps: advice.steps,
          isolate: advice.isolate,
          do_not_isolate: advice.doNotIsolate,
          proposals,
          withheld: advice.withheld,
        }),
      );
    } else if (format === 'text') text(verdict, advised, output);
    else {
      const widest = advice.proposals.at(-1);
      if (widest === undefined)
        throw new WardwireError(
          'usage',
          `there is nothing to propose: ${advice.withheld[0] ?? `the level is ${advice.level}`}`,
        );
      const head = [HEAD, widest.text, dryRunText(widest.dryRun)];
      for (const l of (format === 'cisco' ? cisco : nftables)(widest.rules, head)) output.out(l);
    }
    return ExitCode.Ok;
  },
};
