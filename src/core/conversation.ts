/**
 * Who talked to whom over what, as counted since it was last handed out. Ends are device ids, an address of the site that no
 * device holds, `external` or `multicast`.
 */
export interface Conversation {
  /** Who opened it, and who answered. */
  readonly src: string;
  readonly dst: string;
  readonly transport: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'other';
  /** Port of the answering side; 0 for transports without. */
  readonly port: number;
  /** AppProto name. */
  app: string;
  /** Flows that were answered. */
  flows: number;
  /** IP octets from src, and to it. */
  octetsOut: number;
  octetsIn: number;
  /** Clear-text DICOM objects and HL7 messages, and octets of them. */
  ephiMessages: number;
  ephiOctets: number;
  firstUs: number;
  lastUs: number;
}

/** What makes two counts one conversation. */
export function conversationKey(c: Pick<Conversation, 'src' | 'dst' | 'transport' | 'port'>): string {
  return `${c.src} ${c.dst} ${c.transport} ${c.port}`;
}

/** What inventory learned since it was last asked. */
export interface InventoryChanges<D> {
  readonly devices: readonly D[];
  /** Ids of rows that are no more. */
  readonly gone: readonly string[];
  readonly conversations: readonly Conversation[];
}
