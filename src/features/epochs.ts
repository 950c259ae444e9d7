import { type Cold, type DeviceColumns, F, MIX, MIX_APPS, ROW } from './columns.js';

const EPOCH_S = 300;
export const HALF_PORTS = 256;

/** Two epochs of 5 min: the running one and the one before; turning drops what is older. */
export function turnPorts(c: Cold, sec: number): void {
  const epoch = Math.floor(sec / EPOCH_S);
  if (c.portHist === null || epoch <= c.portEpoch) return;
  if (epoch === c.portEpoch + 1) c.portHist.copyWithin(HALF_PORTS, 0, HALF_PORTS);
  else c.portHist.fill(0, HALF_PORTS);
  c.portHist.fill(0, 0, HALF_PORTS);
  c.portEpoch = epoch;
}

/**
 * Turns the protocol mix of a device. A finished epoch of a device that is still learning is added to its learned mix.
 */
export function turnMix(c: DeviceColumns, d: number, sec: number, learning: boolean): void {
  const epoch = Math.floor(sec / EPOCH_S);
  const r = d * ROW + F.MixEpoch;
  if (epoch <= c.row[r]) return;
  const m = d * MIX;
  const next = epoch === c.row[r] + 1;
  if (learning) for (let i = 0; i < MIX_APPS; i++) c.mix[m + 2 * MIX_APPS + i] += c.mix[m + i];
  if (next) c.mix.copyWithin(m + MIX_APPS, m, m + MIX_APPS);
  else c.mix.fill(0, m + MIX_APPS, m + 2 * MIX_APPS);
  c.mix.fill(0, m, m + MIX_APPS);
  c.row[r] = epoch;
}
