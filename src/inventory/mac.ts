/** Judgements about MAC addresses, as two 24-bit halves. */

/** Unicast and not all-zero (loopback captures, cooked headers). */
export function identifies(hi: number, lo: number): boolean {
  return (hi & 0x010000) === 0 && (hi | lo) !== 0;
}

/**
 * MACs shared by several routers; they move between machines and never identify one: VRRP and CARP 00:00:5e:00:01/02
 * (RFC 9568 7.3), HSRP 00:00:0c:07:ac, 00:00:0c:9f:f and (IPv6) 00:05:73:a0:0, GLBP 00:07:b4:00.
 */
export function isVirtual(hi: number, lo: number): boolean {
  if (hi === 0x00005e) return lo >>> 8 === 0x0001 || lo >>> 8 === 0x0002;
  if (hi === 0x00000c) return lo >>> 8 === 0x07ac || lo >>> 12 === 0x9ff;
  if (hi === 0x000573) return lo >>> 12 === 0xa00;
  return hi === 0x0007b4 && lo >>> 16 === 0;
}
