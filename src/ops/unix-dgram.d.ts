declare module 'unix-dgram' {
  import type { EventEmitter } from 'node:events';

  interface Socket extends EventEmitter {
    send(data: Buffer, offset: number, length: number, path: string, done?: (error?: Error) => void): void;
    bind(path: string): void;
    close(): void;
  }
  export function createSocket(type: 'unix_dgram', listener?: (data: Buffer) => void): Socket;
}
