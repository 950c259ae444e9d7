import { existsSync } from 'node:fs';
import type { Argv } from 'yargs';
import { WardwireError } from '../core/index.js';
import { controlPath, defaultConfig, roughConfig } from '../runtime/index.js';
import { single } from './command.js';

/** Where an installed sensor has its settings. */
export const INSTALLED = '/etc/wardwire/wardwire.yaml';

export interface RunningArgs {
  config?: string | string[];
  socket?: string | string[];
}

/** The options of every command that asks a running sensor. */
export function runningOptions(y: Argv): Argv {
  return y
    .option('config', {
      type: 'string',
      describe: `settings of the running sensor (default: ${INSTALLED} where there is one)`,
    })
    .option('socket', { type: 'string', describe: 'its control socket, instead of the one the settings name' });
}

/** The settings file that is meant; undefined: none, the built-in defaults hold. */
export function configPathOf(args: RunningArgs): string | undefined {
  return single('config', args.config) ?? (existsSync(INSTALLED) ? INSTALLED : undefined);
}

/** The control socket that is meant. @throws WardwireError('usage' | 'config') */
export function socketOf(args: RunningArgs): string {
  const named = single('socket', args.socket);
  if (named !== undefined) return named;
  const config = configPathOf(args);
  const path = controlPath(config === undefined ? defaultConfig() : roughConfig(config));
  if (path === null) {
    throw new WardwireError('usage', 'the settings switch the control socket off (control.socket)', [
      { path: 'control.socket', text: 'empty', hint: 'name a socket and restart the sensor' },
    ]);
  }
  return path;
}
