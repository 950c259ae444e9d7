/** Bits of a direction's state. `Told`: nothing of it was seen, but the other side told by its acknowledgements where it stands. */
export const Bit = { Started: 1, Fin: 2, Ended: 4, Acked: 8, Hole: 16, Syn: 32, Told: 64 } as const;
/** A segment further from what is expected than any window (scaled, RFC 7323) is not believed. */
export const FAR = 1 << 30;
/** An end further ahead is not believed: most of what lies between would have to be lost. */
export const FIN_AHEAD = 1 << 24;
/** Holes that become gaps at one tick at most: what lies behind each is delivered and read. The others wait for the next. */
export const GAPS_A_TICK = 16;
/** Octets of waiting segments delivered at once, and how often when their flow ends. */
export const DRAINED = 16_384;
export const CLOSE_TURNS = 8;
