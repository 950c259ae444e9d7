import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BaselineOrder, ORDERS } from '../baseline/index.js';
import { replaceFile } from './model-dir.js';

const FOLDER = 'orders';
const SUFFIX = '.json';

/** Leaves an order for the sensor: one file each in the model folder, done once and then removed. Answers its name. */
export function leaveOrder(dir: string, order: Omit<BaselineOrder, 'id'>, wallMs: number): string {
  const folder = join(dir, FOLDER);
  mkdirSync(folder, { recursive: true });
  const id = `${String(Math.floor(wallMs)).padStart(15, '0')}-${randomBytes(4).toString('hex')}`;
  replaceFile(join(folder, `${id}${SUFFIX}`), `${JSON.stringify({ ...order, id })}\n`);
  return id;
}

/** Orders that wait, oldest first; what cannot be read is passed over. */
export function waitingOrders(dir: string): BaselineOrder[] {
  const out: BaselineOrder[] = [];
  for (const name of names(dir)) {
    try {
      const o = JSON.parse(readFileSync(join(dir, FOLDER, name), 'utf8')) as BaselineOrder;
      const known = (ORDERS as readonly string[]).includes(o.what) && (o.devices === null || Array.isArray(o.devices));
      if (known)
        out.push({ id: name.slice(0, -SUFFIX.length), what: o.what, devices: o.devices, type: o.type ?? null });
    } catch {
      // removed meanwhile, or not ours
    }
  }
  return out;
}

/** The orders are in the state on disk. */
export function ordersDone(dir: string, ids: readonly string[]): void {
  for (const id of ids) if (/^[0-9a-f-]+$/.test(id)) rmSync(join(dir, FOLDER, `${id}${SUFFIX}`), { force: true });
}

function names(dir: string): string[] {
  try {
    return readdirSync(join(dir, FOLDER))
      .filter((n) => n.endsWith(SUFFIX))
      .sort();
  } catch {
    return [];
  }
}
