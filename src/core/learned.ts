/** What a device has been seen to do while it was learning (`baseline`), asked by rules and features. */
export const LearnedSet = {
  /** Addresses a device talked with. */
  Peer: 0,
  /** External addresses a device talked with. */
  ExternalPeer: 1,
  /** Server ports a device contacted. */
  ClientPort: 2,
  /** Server ports a device answers on. */
  ServerPort: 3,
  /** At a DICOM acceptor: calling AE title. */
  CallingAe: 4,
  /** At a DICOM acceptor: calling AE title with its host. */
  CallingAeHost: 5,
  /** At a C-MOVE server: requester and destination AE. */
  MoveDestination: 6,
  /** At an HL7 listener: sender tuple (MSH-3, MSH-4). */
  Hl7Sender: 7,
  /** At an HL7 listener: sender tuple with its host. */
  Hl7SenderHost: 8,
  /** Message types a device sends. */
  Hl7Type: 9,
  /** Application protocols a device uses, by role. */
  App: 10,
  /** Abstract syntaxes a device proposes. */
  SopClass: 11,
  /** At a DICOM requestor: called AE title. */
  CalledAe: 12,
  /** At an HL7 listener: all four parties (MSH-3 to MSH-6) with the host. */
  Hl7Tuple: 13,
  /** JA4 of a TLS client. */
  TlsFingerprint: 14,
  /** Option list of a DHCP client. */
  DhcpFingerprint: 15,
} as const;
export type LearnedSet = (typeof LearnedSet)[keyof typeof LearnedSet];

export const Novelty = {
  /** In the set already. */
  Known: 0,
  /** Added now: the device is still learning. */
  Learned: 1,
  /** Not in the set, and the device has finished learning. */
  New: 2,
} as const;
export type Novelty = (typeof Novelty)[keyof typeof Novelty];

export interface Learned {
  /** Whether the device is in its learning period at this event time. */
  learning(device: number, tsUs: number): boolean;
  /** Asks and, while learning, adds. `key` is a seeded 32-bit hash of what was seen. */
  observe(set: LearnedSet, device: number, key: number, tsUs: number): Novelty;
  /** Asks only. */
  knows(set: LearnedSet, device: number, key: number): boolean;
  /** Number of entries a device has in a set. */
  size(set: LearnedSet, device: number): number;
}
