import { monotonicUs, wallUs } from '../capture/index.js';
import type { FeatureRow, SourceNotice, SourceStats, Verdict, VerdictDraft } from '../core/index.js';
import { finalise } from '../publish/index.js';
import { tokenizer } from './ids.js';
import { Pipeline } from './pipeline.js';
import { openSource } from './sensor-process.js';
import type { SensorSpec } from './spec.js';
import { trainJob } from './training.js';

export interface ReplayHooks {
  verdict(v: Verdict): void;
  notice?(n: SourceNotice): void;
  /** Called about twice a second. */
  progress?(stats: SourceStats): void;
  /** Every feature row, lent, with its device's type and token. */
  row?(row: FeatureRow, type: string, device: string): void;
  /** Something beside the packets failed. */
  trouble?(text: string): void;
  /** A model was trained from what the capture taught. */
  model?(type: string, text: string): void;
}

export interface ReplaySummary {
  readonly packets: number;
  readonly octets: number;
  readonly verdicts: number;
  readonly bySeverity: Readonly<Record<string, number>>;
  readonly weirds: Readonly<Record<string, number>>;
  readonly devices: number;
  readonly flows: number;
  readonly elapsedS: number;
  readonly internalErrors: number;
}

/** A replay that can be stopped (Ctrl-C) and asked for its pipeline. */
export class Replay {
  readonly pipeline: Pipeline;
  readonly #source;
  #seq = 0;
  readonly #bySeverity: Record<string, number> = {};
  readonly #bootId = 'replay';

  constructor(
    spec: SensorSpec,
    private readonly hooks: ReplayHooks,
  ) {
    const token = tokenizer(spec.siteKey);
    const row = hooks.row?.bind(hooks);
    this.pipeline = new Pipeline(spec, {
      ...(row && {
        row: (r, type) => row(r, type, token('device', this.pipeline.inventory.directory.get(r.device).id)),
      }),
      verdict: (draft) => this.#verdict(draft),
      trouble: (_event, text) => hooks.trouble?.(text),
      // in one process and in event time: training waits for nothing, so a replay is the same every time
      train: (job) => {
        const model = trainJob({ job, settings: spec.settings });
        this.pipeline.setModel(model);
        hooks.model?.(job.type, model.text);
      },
    });
    if (spec.learned !== '') this.pipeline.baseline.importState(spec.learned);
    for (const model of spec.models) this.pipeline.setModel(model);
    for (const order of spec.orders) this.pipeline.baseline.order(order, this.pipeline.nowUs);
    this.#source = openSource(spec, this.pipeline);
  }

  /** Runs to the end of the files. @throws WardwireError('file') */
  async run(): Promise<ReplaySummary> {
    const started = wallUs();
    const timer = this.hooks.progress ? setInterval(() => this.hooks.progress?.(this.#source.stats()), 500) : null;
    try {
      await this.#source.start(this.pipeline, (n) => this.hooks.notice?.(n));
      await this.#source.done;
    } finally {
      if (timer) clearInterval(timer);
    }
    this.pipeline.finish();
    await this.pipeline.close();
    this.hooks.progress?.(this.#source.stats());
    return this.#summary((wallUs() - started) / 1e6);
  }

  stop(): Promise<void> {
    return this.#source.stop();
  }

  #verdict(draft: VerdictDraft): void {
    const stamp = { seq: ++this.#seq, bootId: this.#bootId, issuedUs: wallUs(), nowUs: monotonicUs() };
    const { verdict } = finalise(draft, stamp);
    this.#bySeverity[verdict.severity] = (this.#bySeverity[verdict.severity] ?? 0) + 1;
    this.hooks.verdict(verdict);
  }

  #summary(elapsedS: number): ReplaySummary {
    const p = this.pipeline;
    const weirds: Record<string, number> = {};
    p.weirds.defs.forEach((d, i) => {
      if (p.weirds.counts[i] > 0) weirds[d.id] = p.weirds.counts[i];
    });
    const stats = this.#source.stats();
    return {
      packets: stats.delivered,
      octets: stats.octets,
      verdicts: this.#seq,
      bySeverity: this.#bySeverity,
      weirds,
      devices: p.inventory.directory.size,
      flows: p.counters.get('wardwire_flows_created_total'),
      elapsedS,
      internalErrors: p.counters.get('wardwire_internal_errors_total'),
    };
  }
}
