/** What `next` says. */
export const Next = {
  /** The view holds a packet. */
  Packet: 0,
  /** More bytes are needed. */
  More: 1,
  /** The file contradicts itself here: nothing after this place can be read. */
  Damaged: 2,
} as const;
export type Next = (typeof Next)[keyof typeof Next];

/** Largest captured length believed (libpcap MAXIMUM_SNAPLEN). A larger claim is damage, judged before the body is awaited. */
export const MAX_RECORD = 262_144;
