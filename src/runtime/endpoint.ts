import { readYaml } from '../config/index.js';
import { type Problem, WardwireError } from '../core/index.js';
import { createMetrics, type HttpServer, type Metrics, startHttp } from '../ops/index.js';
import type { Settings } from './manifest.js';
import { packageRevision } from './package-root.js';
import type { SensorSpec } from './spec.js';

type Options = Omit<Parameters<typeof startHttp>[0], 'settings' | 'readYaml'> & {
  /** The file that a setting names. @throws WardwireError('config') */
  readonly file: (path: string) => string;
};

/** The control process's metrics: every device type with its budget, and the sensor itself. */
export function metricsOf(spec: SensorSpec): Promise<Metrics> {
  const budgets = { ...Object.fromEntries(spec.profiles.map((p) => [p.type, p.budgetMs / 1000])), sensor: 0.25 };
  return createMetrics({ version: spec.version, revision: packageRevision(), budgets });
}

/** The metrics endpoint, which a reload may move. */
export class Endpoint {
  readonly #o: Options;
  #server: HttpServer | null = null;
  #settings: Settings['metrics'] | null = null;

  constructor(o: Options) {
    this.#o = o;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** @throws WardwireError('outside') when the port is taken */
  async open(settings: Settings['metrics']): Promise<void> {
    this.#settings = { ...settings };
    const { web_config_file: file } = settings;
    const found = { ...settings, web_config_file: this.#o.file(file) };
    this.#server = await startHttp({ ...this.#o, settings: found, readYaml });
  }

  /** Serves as these settings say; when that cannot be, as before, and the problem is answered. */
  async change(settings: Settings['metrics']): Promise<Problem[]> {
    const before = this.#settings;
    await this.close();
    try {
      await this.open(settings);
      return [];
    } catch (error) {
      if (!(error instanceof WardwireError) || before === null) throw error;
      await this.open(before);
      return [
        { path: 'metrics', text: error.message, hint: error.problems[0]?.hint ?? 'the endpoint stays as it was' },
      ];
    }
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = null;
  }
}
