import { readFileSync } from 'node:fs';
import { WardwireError } from '../core/index.js';

/** A file a setting names, undefined when it names none. @throws WardwireError('config') when it cannot be read */
export function settingFile(setting: string, path: string): Buffer | undefined {
  if (path === '') return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new WardwireError('config', `${setting}: cannot be read`, [
      { path: setting, text: (cause as Error).message, hint: 'check the path and its permissions' },
    ]);
  }
}

/** The first line of a file a setting names, trimmed; undefined when it names none. @throws WardwireError('config') */
export function firstLine(setting: string, path: string): string | undefined {
  return settingFile(setting, path)?.toString('utf8').split('\n')[0].trim();
}
