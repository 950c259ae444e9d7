import { ExitCode, formatTimeUs, WardwireError } from '../core/index.js';
import { type Agreement, type Explanation, explainVerdict, show } from '../runtime/index.js';
import { type Command, single } from './command.js';
import { table } from './csv.js';
import { configOf } from './inventory-source.js';

interface Args {
  id?: string;
  config?: string | string[];
  models?: string | string[];
  identity?: string | string[];
  all?: boolean;
  json?: boolean;
}

const FEATURES = 12;

const AGREES: Readonly<Record<Agreement, string>> = {
  agrees: 'the same as then: the score is made again from the stored numbers',
  differs: 'not the same as then: other settings of detect, or the file is another',
  'not scored then': 'the verdict is a rule’s; this is what the learned detectors say of the same moment',
  'no row': 'the numbers of this verdict are not in the log',
  'no model': 'the model of this verdict is not in the folder (any more), or there was none',
  'other features': 'the numbers are of another version of the features',
};

/** The chain as lines, from packets to advice. */
export function explanationLines(e: Explanation, all: boolean): string[] {
  const v = e.verdict;
  const out: string[] = [];
  const add = (head: string, ...lines: string[]): void => {
    lines.forEach((l, i) => {
      out.push(`${(i === 0 ? head : '').padEnd(11)}${l}`);
    });
  };
  const { device: d, incident: i } = v;
  add(
    'verdict',
    `${v.id}  ${v.observed_at}  ${v.severity.toUpperCase()}  ${v.scenario}${v.scenario_id === null ? '' : ` (${v.scenario_id})`}`,
    `incident ${i.id}, ${i.state}, ${i.count}× since ${i.first_at}${e.sent ? '' : '; kept from the sinks'}`,
  );
  const peer = v.peer === null ? '' : `, with ${v.peer.ip}${v.peer.port === null ? '' : `:${v.peer.port}`}`;
  add('device', `${d.name ?? d.id} (${d.id}, ${d.type}, ${d.criticality}), ${v.role}${peer}`);
  add('packets', ...packetLines(e));
  if (e.packets.deep !== null) add('said', ...deepLines(e.packets.deep));
  add('why', ...e.reasons.map((r, n) => `${n + 1}. ${r.text}${judged(r)}`));
  if (e.scenario !== null) add('rule', `${v.scenario}: ${e.scenario.title}`);
  add('learned', ...lessonLines(e));
  add('features', ...featureLines(e, all));
  const p = e.recomputed;
  add(
    'detectors',
    ...(p.detectors.length > 0 ? p.detectors : v.detectors).map(
      (x) =>
        `${x.name.padEnd(12)} share ${x.share.toFixed(2)}${'p' in x && x.p !== undefined ? `  p ${show(x.p)}` : ''}`,
    ),
  );
  const then = p.p_then === null ? '' : `, then ${show(p.p_then)} (threshold score ${show(v.threshold)})`;
  add('score', `${p.p_value === null ? 'p not made again' : `p ${show(p.p_value)}`}${then}: ${AGREES[p.state]}`);
  add(
    'model',
    `${v.model.id} (${v.model.profile}, ${v.model.state}), learned ${v.model.learned_from} to ${v.model.learned_until}`,
  );
  const { gap_octets, drops, blind } = v.coverage;
  add(
    'coverage',
    `${gap_octets} octets missing in the flow, ${drops} packets dropped of late${blind ? ', blind for a time' : ''}`,
  );
  if (v.attack.length > 0) add('attack', ...v.attack.map((a) => `${a.id} ${a.name} (${a.framework})`));
  add('advice', v.advice.safe_step, isolation(v.advice));
  add('people', ...peopleLines(e));
  return out;
}

function packetLines(e: Explanation): string[] {
  const { flow, community_id, evidence } = e.packets;
  const f = e.verdict.flow;
  const lines: string[] = [];
  if (flow !== null && f !== null) {
    const [po, pi] = flow.packets;
    const [oo, oi] = flow.octets;
    lines.push(
      `${flow.initiator} to ${flow.responder}, ${f.transport} ${f.protocol}, ${po} + ${pi} packets, ${oo} + ${oi} octets since ${formatTimeUs(flow.firstUs)}`,
    );
  }
  lines.push(community_id === null ? 'about no single flow' : `Community ID ${community_id}`);
  if (evidence === null) lines.push('no capture was kept of it');
  else {
    const where = evidence.file ?? 'no longer in the folder';
    lines.push(`capture ${evidence.id}: ${evidence.packets} packets, ${where}`, `sha256 ${evidence.sha256}`);
  }
  return lines;
}

function deepLines(deep: readonly Readonly<Record<string, unknown>>[]): string[] {
  const lines = deep.slice(-20).map((l) => {
    const {
      time,
      kind,
      elements,
      initiator: _i,
      responder: _r,
      ...rest
    } = l as Record<string, unknown> & { elements?: unknown[] };
    const words = Object.entries(rest).filter(([k, x]) => typeof x !== 'object' && x !== '' && k !== 'from');
    const inside = elements === undefined ? '' : `, ${elements.length} elements`;
    return `${String(time).slice(11, 23)} ${kind} ${words
      .slice(0, 6)
      .map(([k, x]) => `${k}=${x}`)
      .join(' ')}${inside}`; // prettier-ignore
  });
  return deep.length > lines.length ? [`${deep.length - lines.length} before`, ...lines] : lines;
}

function judged(r: Explanation['reasons'][number]): string {
  if (r.agrees === false) return '  [the stored numbers say otherwise]';
  const range = `${show(r.expected_low)} to ${show(r.expected_high)}`;
  if (r.outside === null || typeof r.observed !== 'number') return '';
  return `  [${show(r.observed)} ${r.unit}, ${r.outside ? 'outside' : 'within'} ${range}]`;
}

function lessonLines(e: Explanation): string[] {
  if (e.lessons.length === 0) return ['this scenario asks nothing of what was learned'];
  return e.lessons.map((l) => {
    const now =
      l.learned === null ? 'nothing was learned yet' : l.learned ? 'it knows it by now' : 'it does not know it';
    return `${l.device}, learned set ${l.set}: ${now}`;
  });
}

function featureLines(e: Explanation, all: boolean): string[] {
  if (e.features.length === 0) return ['no numbers of this device are in the log for it'];
  if (all) {
    const rows = e.features.map((f) => [f.name, show(f.value), show(f.low), show(f.high), f.outside ? 'outside' : '']);
    return table(['feature', 'now', '1 %', '99 %', ''], rows);
  }
  const odd = e.features.filter((f) => f.outside);
  const seen = e.features.filter((f) => f.value !== null && f.value !== 0 && !f.outside);
  const shown = [...odd, ...seen].slice(0, FEATURES);
  return [`${odd.length} of ${e.features.length} outside what is usual; all with --all`, ...shown.map((f) => f.text)];
}

function isolation(a: Explanation['verdict']['advice']): string {
  if (a.do_not_isolate) return 'never isolate it: it keeps somebody alive or watches him';
  return a.isolate ? 'isolating it may be considered' : 'isolating it is not advised';
}

function peopleLines(e: Explanation): string[] {
  const { ack, mutes, normals } = e.said;
  const lines = [
    ...(ack === null ? [] : [`acknowledged by ${ack.by} at ${formatTimeUs(ack.atUs)}`]),
    ...mutes.map((m) => `muted (${m.id}) by ${m.by} until ${formatTimeUs(m.untilUs)}`),
    ...normals.map((n) => `called normal (${n.id}) by ${n.by}: ${n.reason}${n.revokedUs === null ? '' : ' (revoked)'}`),
  ];
  return lines.length === 0 ? ['nobody has said anything of it'] : lines;
}

export const explainCommand: Command<Args> = {
  name: 'explain <id>',
  text: 'Why a verdict was given: packets, numbers, detectors, rule, model, advice',
  options: (y) =>
    y
      .positional('id', { type: 'string', describe: 'id of a verdict or an incident (8 characters or more)' })
      .option('config', {
        type: 'string',
        describe: "the sensor's configuration file (its store.data_dir has the log)",
      })
      .option('models', { type: 'string', describe: 'folder of models, when not the sensor’s own' })
      .option('identity', {
        type: 'string',
        describe: 'file with the secret key of age: looks into encrypted evidence',
      })
      .option('all', { type: 'boolean', default: false, describe: 'every feature, not only the telling ones' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object' })
      .example('$0 explain 01M7Y4VFKJ', 'the whole chain behind the newest word on an incident'),
  async run(args, output) {
    if (args.id === undefined || args.id === '') throw new WardwireError('usage', 'explain needs an id');
    const e = await explainVerdict(configOf(args), args.id, {
      modelDir: single('models', args.models) ?? null,
      identity: single('identity', args.identity) ?? null,
    });
    if (args.json) output.out(JSON.stringify(e));
    else for (const l of explanationLines(e, args.all ?? false)) output.out(l);
    return ExitCode.Ok;
  },
};
