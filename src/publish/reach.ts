import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WardwireError } from '../core/index.js';
import { explainNetwork } from './faults.js';
import { settingFile } from './setting-file.js';

/** Ports of addresses that name none. */
const PORTS: Readonly<Record<string, number>> = { 'tcp:': 601, 'tls:': 6514, 'http:': 80, 'https:': 443 };
const WAIT_MS = 5000;

interface Target {
  readonly url: string;
  readonly ca_file: string;
  readonly cert_file: string;
  readonly key_file: string;
  readonly servername: string;
}

/**
 * Opens a connection to a sink's address, with TLS where it has that, and closes it again; nothing is sent. Answers in plain words why that
 * does not work, null when it does. UDP has nothing to open: null.
 */
export function reach(sink: string, t: Target): Promise<string | null> {
  const url = new URL(t.url);
  if (url.protocol === 'udp:') return Promise.resolve(null);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (PORTS[url.protocol] ?? 0) : Number(url.port);
  const secure = url.protocol === 'tls:' || url.protocol === 'https:';
  let files: { ca?: Buffer; cert?: Buffer; key?: Buffer };
  try {
    files = {
      ca: settingFile(`${sink}.ca_file`, t.ca_file),
      cert: settingFile(`${sink}.cert_file`, t.cert_file),
      key: settingFile(`${sink}.key_file`, t.key_file),
    };
  } catch (error) {
    return Promise.resolve(error instanceof WardwireError ? (error.problems[0]?.text ?? error.message) : String(error));
  }
  return new Promise((resolve) => {
    const socket = secure
      ? connectTls({ host, port, servername: t.servername === '' ? host : t.servername, ...files })
      : connectTcp({ host, port });
    const done = (text: string | null): void => {
      resolve(text);
      socket.destroy();
    };
    socket.setTimeout(WAIT_MS, () => done('it does not answer'));
    socket.once(secure ? 'secureConnect' : 'connect', () => done(null));
    socket.once('error', (e: NodeJS.ErrnoException) => done(explainNetwork(e.code, e.message, sink).text));
  });
}
