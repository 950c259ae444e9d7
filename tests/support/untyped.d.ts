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
