import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './wardwire.js';

export interface Target {
  readonly refId: string;
  readonly expr?: string;
  readonly query?: string;
  readonly legendFormat?: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}
export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly Target[];
}
export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query: string;
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly allValue?: string;
  readonly datasource?: { readonly uid: string };
}
export interface Dashboard {
  readonly uid: string;
  readonly editable: boolean;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

/** The screens as the generator makes them now: path → text. */
export async function screens(): Promise<Record<string, string>> {
  const path = join(projectRoot(), 'src', 'setup', 'dashboards', 'index.mjs');
  return ((await import(pathToFileURL(path).href)) as { dashboards(): Record<string, string> }).dashboards();
}

/** Queries of a screen with their panel; rows have none. */
export function targetsOf(d: Dashboard): { panel: Panel; target: Target }[] {
  return d.panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel, target })));
}

/** A query as Grafana would send it. */
export function filled(expr: string, as: Record<string, string>): string {
  return Object.entries(as).reduce((s, [name, value]) => s.replaceAll(`$${name}`, value), expr);
}
