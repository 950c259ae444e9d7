import { connect, type Socket } from 'node:net';
import { WardwireError } from '../core/index.js';

/** How long a daemon may take to answer, ms: a reload exchanges brokers first. */
const ANSWER_MS = 15_000;

function failed(path: string, error: NodeJS.ErrnoException): WardwireError {
  if (error.code === 'EACCES')
    return new WardwireError('permission', `${path}: only its owner and root may connect`, [
      { path, text: 'permission denied', hint: 'run as root or as the user of the service' },
    ]);
  return new WardwireError('outside', `no running wardwire answers at ${path}`, [
    { path, text: error.message, hint: 'is it running (systemctl status wardwire), and is it this --config?' },
  ]);
}

/** Sends a request and hands over each line of the answer; resolves when the other side closes. `stop` closes from here. */
function lines(
  path: string,
  request: object,
  line: (text: string) => void,
  stop?: (end: () => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const s: Socket = connect(path);
    let text = '';
    s.setEncoding('utf8');
    s.once('connect', () => s.write(`${JSON.stringify(request)}\n`));
    s.once('error', (e) => reject(failed(path, e)));
    s.on('data', (piece: string) => {
      text += piece;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        line(text.slice(0, end));
        text = text.slice(end + 1);
      }
    });
    s.once('close', () => resolve());
    stop?.(() => s.destroy());
  });
}

/** Asks a running daemon. @throws WardwireError('outside' | 'permission') when none answers, or answers with an error */
export async function askControl(path: string, request: object): Promise<Record<string, unknown>> {
  let answer: Record<string, unknown> | null = null;
  let end: () => void = () => undefined;
  const timer = setTimeout(() => end(), ANSWER_MS);
  await lines(
    path,
    request,
    (text) => {
      answer ??= JSON.parse(text) as Record<string, unknown>;
    },
    (stop) => {
      end = stop;
    },
  ).finally(() => clearTimeout(timer));
  const said = answer as Record<string, unknown> | null;
  if (said === null)
    throw new WardwireError('outside', `${path}: wardwire did not answer within ${ANSWER_MS / 1000} s`);
  if (said.error !== undefined) throw new WardwireError('outside', `${path}: ${said.error}`);
  return said;
}

/**
 * Follows what a running daemon tells; the first line is its answer to the request. Resolves when it ends or `stop` was called.
 * @throws WardwireError('outside' | 'permission')
 */
export async function followControl(
  path: string,
  request: object,
  line: (said: Record<string, unknown>) => void,
  stop: (end: () => void) => void,
): Promise<void> {
  await lines(path, request, (text) => line(JSON.parse(text) as Record<string, unknown>), stop);
}
