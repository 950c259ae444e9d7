import { layDownPrivileges } from '../capture/index.js';
import type { Logger } from '../core/index.js';

/** The control process holds the capability only to hand it to the sensor it forks: it lays its own down, or says that it cannot. */
export function layDown(logger: Logger): void {
  if (layDownPrivileges()) return;
  logger.log(
    'warning',
    'privileges.kept',
    'the control process keeps its capabilities: there is no addon, or capset is not allowed here',
  );
}
