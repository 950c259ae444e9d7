import type { Logger } from '../core/index.js';

/** What the service manager (systemd) is told; sd_notify(3). Without one nothing happens. */
export interface ServiceManager {
  /** Time within which it wants to hear of progress, ms; null when it does not watch. */
  readonly watchdogMs: number | null;
  /** Capturing has begun, or a reload is over. */
  ready(status: string): void;
  reloading(): void;
  stopping(): void;
  /** Every thread and process has made progress. */
  alive(status: string): void;
  close(): void;
}

const NOBODY: ServiceManager = {
  watchdogMs: null,
  ready: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  alive: () => undefined,
  close: () => undefined,
};

/**
 * The service manager that started this process, as its environment says. Its variables are taken out of the environment: a forked
 * sensor must not speak for the service.
 */
export async function createServiceManager(
  logger: Logger,
  /** CLOCK_MONOTONIC, µs. */
  monotonicUs: () => number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ServiceManager> {
  const { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (path === undefined || path === '') return NOBODY;
  let dgram: typeof import('unix-dgram');
  try {
    dgram = await import('unix-dgram');
  } catch (cause) {
    logger.log('warning', 'service.silent', `systemd cannot be told of progress: ${(cause as Error).message}`);
    return NOBODY;
  }
  const socket = dgram.createSocket('unix_dgram');
  // a full or missing socket is systemd's trouble: the next word comes soon
  socket.on('error', (e: Error) => logger.log('warning', 'service.notify', `systemd was not told: ${e.message}`));
  const tell = (...lines: string[]): void => {
    const text = Buffer.from(lines.join('\n'));
    socket.send(text, 0, text.length, path);
  };
  const watched = usec !== undefined && (pid === undefined || Number(pid) === process.pid);
  return {
    watchdogMs: watched ? Number(usec) / 1000 : null,
    ready: (status) => tell('READY=1', `STATUS=${status}`),
    reloading: () =>
      tell('RELOADING=1', `MONOTONIC_USEC=${Math.floor(monotonicUs())}`, 'STATUS=reading the settings again'),
    stopping: () => tell('STOPPING=1', 'STATUS=stopping'),
    alive: (status) => tell('WATCHDOG=1', `STATUS=${status}`),
    close: () => socket.close(),
  };
}
