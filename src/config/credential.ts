import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../core/index.js';

const PREFIX = 'credential:';
/** How the shipped unit calls files of its folder: LoadCredential=wardwire:/etc/wardwire/credentials. */
const FOLDER = 'wardwire_';
const FOLDER_PATH = '/etc/wardwire/credentials';

/** Whether a setting names a credential of the service manager instead of a file. */
export function namesCredential(value: string): boolean {
  return value.startsWith(PREFIX);
}

/**
 * The file of a credential (`credential:NAME`) that the service manager has laid out for this service: NAME itself, or NAME of the folder
 * the shipped unit loads (systemd.exec(5), LoadCredential=). `setting` is named in the problem when there is none.
 */
export function credentialFile(
  setting: string,
  value: string,
  env: NodeJS.ProcessEnv = process.env,
): { readonly path: string | null; readonly problem: Problem | null } {
  const name = value.slice(PREFIX.length);
  const bad = (text: string, hint: string) => ({ path: null, problem: { path: setting, text, hint } });
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(name) || /^\.+$/.test(name))
    return bad(
      `'${value.slice(0, 80)}' names no credential`,
      'credential:NAME, of letters, digits, dot, hyphen and underscore',
    );
  const dir = env.CREDENTIALS_DIRECTORY;
  if (dir === undefined || dir === '') {
    return bad(
      `${value}: there are no credentials here ($CREDENTIALS_DIRECTORY is not set)`,
      `systemd lays them out for the service alone: put the file into ${FOLDER_PATH}/${name}, then systemctl restart wardwire`,
    );
  }
  const path = [name, FOLDER + name].map((n) => join(dir, n)).find((p) => existsSync(p));
  if (path !== undefined) return { path, problem: null };
  return bad(
    `${value}: there is no such credential in ${dir}`,
    `put the file into ${FOLDER_PATH}/${name} (mode 0600, root), or name it with LoadCredential=, then systemctl restart wardwire`,
  );
}
