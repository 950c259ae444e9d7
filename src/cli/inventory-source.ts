import type { Argv } from 'yargs';
import type { Device } from '../core/index.js';
import {
  defaultConfig,
  type InventoryView,
  inventoryOfCaptures,
  type LoadedConfig,
  monotonicMs,
  openInventory,
  readConfig,
} from '../runtime/index.js';
import { capturePaths } from './command.js';
import { type Output, Progress } from './output.js';
import { configPathOf, INSTALLED } from './running.js';

export interface SourceArgs {
  config?: string | string[];
  pcap?: string[];
}

/** The options of every command that reads the inventory. */
export function sourceOptions(y: Argv): Argv {
  return y
    .option('config', {
      type: 'string',
      describe: `the sensor's configuration file (its store.data_dir holds the inventory; default: ${INSTALLED} where there is one)`,
    })
    .option('pcap', {
      type: 'string',
      array: true,
      describe: 'take the inventory of these captures instead of the one the sensor keeps',
    });
}

export function configOf(args: SourceArgs): LoadedConfig {
  const path = configPathOf(args);
  return path === undefined ? defaultConfig() : readConfig(path);
}

/** Devices and conversations of captures, or as the sensor keeps them. @throws WardwireError('file' | 'config') */
export async function readInventory(args: SourceArgs, output: Output): Promise<InventoryView> {
  const config = configOf(args);
  if (args.pcap !== undefined && args.pcap.length > 0) {
    const progress = new Progress(output, monotonicMs);
    const view = await inventoryOfCaptures(config, capturePaths(args.pcap), {
      notice: (n) => {
        if (n.text !== '') output.err(n.text);
      },
      progress: (s) => progress.update(s),
    });
    progress.clear();
    return view;
  }
  const store = openInventory(config, { write: false });
  try {
    return { devices: store.devices(), conversations: store.conversations() };
  } finally {
    store.close();
  }
}

/** How a person knows a device: its given name, its host name, else its id. */
export function calls(d: Device): string {
  return d.name ?? d.hostname ?? d.id;
}
