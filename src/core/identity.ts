/** Happenings of identity that rules read: who holds which address, seen by `inventory`. */
export interface IdentityEvent {
  kind:
    | 'device.new' // a device got its row
    | 'ip.moved' // an address is now claimed by another MAC
    | 'mac.moved' // a MAC shows up on another VLAN
    | 'arp.gratuitous' // an announcement nobody asked for
    | 'fingerprint.changed'; // habits that come with the software are others than before
  device: number;
  tsUs: number;
  ip: string;
  mac: string;
  /** MAC that held the address before, '' none. */
  oldMac: string;
  /** The former holder sent something within the last minute, so two hosts claim one address. */
  oldAlive: boolean;
  /** Told by an ARP packet (reply or gratuitous), not merely by an IP source address. */
  byArp: boolean;
  /** Told by a packet the owner of the address had sent a moment before: somebody passes its traffic on. */
  passedOn?: boolean;
  /** Device of `mac`, −1 none (for ip.moved: the one who claims; `device` holds the address). */
  claimant?: number;
  /** For fingerprint.changed: which habit, and its values. */
  change?: { readonly what: string; readonly before: string; readonly after: string };
}

export interface IdentitySink {
  identity(ev: IdentityEvent): void;
}
