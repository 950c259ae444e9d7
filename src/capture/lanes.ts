import { parseIp, type SettingsOf } from '../core/index.js';
import { ReadMode } from './addon.js';
import type { captureSettings } from './settings.js';

/**
 * Which lane packets of low priority take, by how far the newest packet handed over lies behind the clock. A mode is left
 * again at half the lag that began it, so that it does not flutter.
 */
export class Lanes {
  mode: ReadMode = ReadMode.All;
  readonly #cutUs: number;
  readonly #shedUs: number;

  constructor(settings: SettingsOf<typeof captureSettings>) {
    this.#cutUs = settings.lane_lag_ms * 1000;
    this.#shedUs = Math.max(settings.shed_lag_ms, settings.lane_lag_ms) * 1000;
  }

  /** @param lagUs clock less capture time of the newest packet */
  next(lagUs: number): ReadMode {
    if (lagUs > this.#shedUs) this.mode = ReadMode.Shed;
    else if (this.mode === ReadMode.Shed) {
      if (lagUs < this.#shedUs / 2) this.mode = lagUs < this.#cutUs / 2 ? ReadMode.All : ReadMode.Lanes;
    } else if (lagUs > this.#cutUs) this.mode = ReadMode.Lanes;
    else if (lagUs < this.#cutUs / 2) this.mode = ReadMode.All;
    return this.mode;
  }
}

/** Four words an address, as the addon wants them; what is no address is passed over. */
export function hostWords(addresses: Iterable<string>): Uint32Array {
  const words: number[] = [];
  for (const a of addresses) {
    const w = parseIp(a);
    if (w !== null) words.push(...w);
  }
  return Uint32Array.from(words, (w) => w >>> 0);
}
