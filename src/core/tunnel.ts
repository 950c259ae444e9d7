/** Tunnels as `PacketView.tunnel` numbers them. */
export const TunnelKind = {
  None: 0,
  Mpls: 1,
  Pppoe: 2,
  Gre: 3,
  Nvgre: 4,
  Erspan: 5,
  Vxlan: 6,
  Geneve: 7,
  GtpU: 8,
  IpInIp: 9,
  SixInFour: 10,
  L2tp: 11,
  Vntag: 12,
  Pbb: 13,
  Capwap: 14,
  Ah: 15,
  FabricPath: 16,
  Trill: 17,
} as const; // prettier-ignore
export type TunnelKind = (typeof TunnelKind)[keyof typeof TunnelKind];

/** Names in verdicts, by number. */
export const TUNNEL_NAMES: readonly string[] = Object.keys(TunnelKind).map((n) => n.toLowerCase());
