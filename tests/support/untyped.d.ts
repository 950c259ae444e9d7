/** Packages without types that tests use. */
declare module 'hl7-standard' {
  export default class Hl7 {
    constructor(text: string, options: object);
    createSegment(name: string): void;
    set(segment: string, fields: object): void;
    build(): string;
    transform(): void;
  }
}
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events';
  export function parse(file: string): EventEmitter;
}
declare module 'smtp-server' {
  import type { Server } from 'node:net';
  import type { Readable } from 'node:stream';
  export class SMTPServer {
    constructor(options: {
      authOptional?: boolean;
      disabledCommands?: string[];
      onData(stream: Readable, session: unknown, done: (error?: Error) => void): void;
    });
    readonly server: Server;
    listen(port: number, host: string, done: () => void): void;
    close(done: () => void): void;
  }
}
