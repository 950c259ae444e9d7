import { createServer, type Server } from 'node:net';
import type { Aedes } from 'aedes';

/** The embedded broker of `npm start`: MQTT 3.1.1 on loopback, nothing kept. */
export class EmbeddedBroker {
  #server: Server | null = null;
  #aedes: Aedes | null = null;

  /** Listens on 127.0.0.1; port 0 picks a free one. Resolves with the port. @throws when the port is taken */
  async start(port: number): Promise<number> {
    const { Aedes } = await import('aedes');
    const aedes = await Aedes.createBroker();
    const server = createServer((socket) => {
      socket.setNoDelay(true);
      aedes.handle(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve());
    });
    this.#aedes = aedes;
    this.#server = server;
    return (server.address() as { port: number }).port;
  }

  async stop(): Promise<void> {
    const { promise, resolve } = withResolvers();
    this.#aedes?.close(() => resolve());
    if (this.#aedes === null) resolve();
    await promise;
    this.#server?.close();
    this.#server = null;
    this.#aedes = null;
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((r) => {
    resolve = r;
  });
  return { promise, resolve };
}
