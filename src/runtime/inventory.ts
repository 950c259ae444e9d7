import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Conversation, type Device, type SourceNotice, type SourceStats, WardwireError } from '../core/index.js';
import { DeviceStore, type ListedDevice } from '../store/index.js';
import { assembleSpec, besides, type LoadedConfig, siteKeyOf } from './assemble.js';
import { tokenizer } from './ids.js';
import { Replay } from './replay.js';

/** File of the inventory in `store.data_dir`. */
export const INVENTORY_FILE = 'devices.sqlite';

/** What reports are made of. */
export interface InventoryView {
  readonly devices: readonly Device[];
  readonly conversations: readonly Conversation[];
}

/** Where a configuration's inventory lies. */
export function inventoryPath(config: LoadedConfig): string {
  return join(besides(config, config.settings.store.data_dir), INVENTORY_FILE);
}

/** The inventory that a sensor with this configuration keeps. @throws WardwireError('file') when there is none yet */
export function openInventory(config: LoadedConfig, options: { readonly write: boolean }): DeviceStore {
  const path = inventoryPath(config);
  if (!options.write && !existsSync(path)) {
    throw new WardwireError('file', `${path}: there is no inventory yet`, [
      {
        path: 'store.data_dir',
        text: config.settings.store.data_dir,
        hint: 'start the sensor with this configuration, or give captures with --pcap',
      },
    ]);
  }
  try {
    const { devices_max, conversations_max } = config.settings.store;
    return new DeviceStore({
      path,
      maxDevices: devices_max,
      maxConversations: conversations_max,
      readonly: !options.write,
    });
  } catch (cause) {
    throw new WardwireError('file', `${path}: ${(cause as Error).message}`, [], { cause });
  }
}

export interface CaptureHooks {
  notice?(n: SourceNotice): void;
  progress?(s: SourceStats): void;
}

/** The inventory that captures alone give. @throws WardwireError('file') */
export async function inventoryOfCaptures(
  config: LoadedConfig,
  files: readonly string[],
  hooks: CaptureHooks = {},
): Promise<InventoryView> {
  const spec = assembleSpec(config, { kind: 'files', files, speed: 'max' }, { modelDir: null });
  const replay = new Replay(spec, { verdict: () => undefined, ...hooks });
  await replay.run();
  const { inventory, nowUs } = replay.pipeline;
  inventory.tick(nowUs);
  return {
    devices: inventory.exportDevices(),
    conversations: inventory.changes(nowUs, Number.POSITIVE_INFINITY).conversations,
  };
}

/** A difference between the imported list and what was seen. */
export interface Discrepancy {
  readonly what: 'not seen' | 'not listed' | 'type' | 'vendor' | 'address' | 'serial';
  /** Line of the list, null for devices that are not on it. */
  readonly line: number | null;
  readonly device: string | null;
  readonly listed: string;
  readonly seen: string;
}

/** Small letters and digits; umlauts as they are written without them (`Dräger`, `Draeger`). */
function lower(s: string): string {
  const spelled = s
    .toLowerCase()
    .replace(/([äöü])/g, (c) => `${c.normalize('NFD')[0]}e`)
    .replaceAll('ß', 'ss');
  return spelled
    .normalize('NFD')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
}

/** Trust from which evidence for another type than the listed one is worth telling. */
const TELLING = 0.5;

/** The type that evidence alone speaks for, whatever the operator said; null when it says little. */
function typeByEvidence(d: Device): string | null {
  const doubt = new Map<string, number>();
  for (const e of d.evidence) {
    const type = e.value.slice(0, Math.max(0, e.value.indexOf(':')));
    if (e.weight <= 0 || type === '' || e.source === 'operator' || e.source === 'site') continue;
    doubt.set(type, (doubt.get(type) ?? 1) * (1 - e.weight));
  }
  const [best] = [...doubt].sort((a, b) => a[1] - b[1]);
  return best === undefined || 1 - best[1] < TELLING ? null : best[0];
}

/** Where the imported list and what was seen disagree. Serial numbers are compared as tokens under the site key. */
export function discrepancies(
  config: LoadedConfig,
  listed: readonly ListedDevice[],
  devices: readonly Device[],
): Discrepancy[] {
  const token = tokenizer(siteKeyOf(config));
  const tokensOf = (serial: string): string[] => ['PRT-20', 'OBX-18', 'serial'].map((tag) => token(tag, serial));
  const byAddress = new Map<string, Device>();
  const bySerial = new Map<string, Device>();
  for (const d of devices) {
    for (const a of [...d.macs, ...d.addresses]) byAddress.set(a, d);
    if (d.serial !== null) bySerial.set(d.serial, d);
  }
  const out: Discrepancy[] = [];
  const found = new Set<string>();
  for (const l of listed) {
    const name = l.name ?? l.mac ?? l.ip ?? '';
    const tokens = l.serial === null ? [] : tokensOf(l.serial);
    const d =
      (l.mac === null ? undefined : byAddress.get(l.mac)) ??
      tokens.map((x) => bySerial.get(x)).find((x) => x !== undefined) ??
      (l.ip === null ? undefined : byAddress.get(l.ip));
    const say = (what: Discrepancy['what'], mine: string, theirs: string): void => {
      out.push({ what, line: l.line, device: d?.id ?? null, listed: mine, seen: theirs });
    };
    if (d === undefined) {
      say('not seen', name, '');
      continue;
    }
    found.add(d.id);
    const type = typeByEvidence(d);
    if (l.type !== null && type !== null && l.type !== type) say('type', l.type, type);
    if (l.vendor !== null && d.vendor !== null && !sameVendor(l.vendor, d.vendor)) say('vendor', l.vendor, d.vendor);
    if (l.ip !== null && d.addresses.length > 0 && !d.addresses.includes(l.ip)) say('address', l.ip, d.addresses[0]);
    if (l.mac !== null && d.macs.length > 0 && !d.macs.includes(l.mac)) say('address', l.mac, d.macs[0]);
    if (tokens.length > 0 && d.serial !== null && !tokens.includes(d.serial)) say('serial', 'as listed', 'another one');
  }
  for (const d of devices) {
    if (!found.has(d.id))
      out.push({
        what: 'not listed',
        line: null,
        device: d.id,
        listed: '',
        seen: `${d.type} ${d.vendor ?? ''}`.trim(),
      });
  }
  return out;
}

/** Makers are spelled in many ways: the first telling word in common is enough. */
function sameVendor(a: string, b: string): boolean {
  const words = lower(b).split(' ');
  return lower(a)
    .split(' ')
    .some((w) => w.length >= 2 && words.includes(w));
}
