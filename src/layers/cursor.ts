/** Where decoding stands and what comes next. One object a decoder, reused for every packet. */
export class Cursor {
  /** Bytes of the headers: the frame, or a reassembled datagram. */
  buf: Buffer = Buffer.alloc(0);
  off = 0;
  /** One past the last byte that may be read (shrinks with declared lengths). */
  end = 0;
  /** Octets the layers so far declare beyond `off`; larger than end − off when the frame was snapped. */
  wire = 0;
  /** What lies at `off`: see Kind. */
  kind = 0;
  /** Encapsulations peeled. */
  depth = 0;
}

/** Number spaces of `Cursor.kind`: an EtherType, an IP protocol, a link type, or the end. */
export const Kind = { Done: -1, Ip: 0x10000, Link: 0x20000 } as const;
