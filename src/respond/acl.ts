import type { Conversation } from '../core/index.js';

/** One line of a filter: which packets, and what becomes of them. Packets that no rule names pass. */
export interface AclRule {
  readonly action: 'accept' | 'drop';
  readonly v6: boolean;
  /** Addresses; '' is any. */
  readonly from: string;
  readonly to: string;
  readonly transport: Conversation['transport'] | 'any';
  /** Port of the service, null any; it stands at the receiver, or at the sender in rules for answers. */
  readonly port: number | null;
  readonly portAt: 'to' | 'from';
  readonly comment: string;
}

export const isV6 = (ip: string): boolean => ip.includes(':');
/** Link-local addresses never pass a filter between segments. */
export const routable = (ip: string): boolean => !/^(fe[89ab].:|169\.254\.)/i.test(ip);

const PORTS: readonly AclRule['transport'][] = ['tcp', 'udp', 'sctp'];

/** Text that may stand in a comment of any filter. */
export const aclNote = (text: string): string => text.replace(/[^A-Za-z0-9 ._()-]/g, '_').slice(0, 80);

/** A rule as nft(8) writes it, without indentation. */
export function nftRule(r: AclRule): string {
  const ip = r.v6 ? 'ip6' : 'ip';
  const ends = `${r.from === '' ? '' : `${ip} saddr ${r.from} `}${r.to === '' ? '' : `${ip} daddr ${r.to} `}`;
  const what = (): string => {
    if (r.transport === 'icmp') return `meta l4proto ${r.v6 ? 'ipv6-icmp' : 'icmp'} `;
    if (!PORTS.includes(r.transport)) return '';
    if (r.port === null) return `meta l4proto ${r.transport} `;
    return `${r.transport} ${r.portAt === 'to' ? 'dport' : 'sport'} ${r.port} `;
  };
  return `${ends}${what()}counter ${r.action} comment "${r.comment}"`;
}

/** A rule as a Cisco IOS access list writes it, without indentation. */
export function iosRule(r: AclRule): string {
  const end = (ip: string, port: string): string => `${ip === '' ? 'any' : `host ${ip}`}${port}`;
  const withPort = PORTS.includes(r.transport);
  const port = withPort && r.port !== null ? ` eq ${r.port}` : '';
  const proto = withPort || r.transport === 'icmp' ? r.transport : r.v6 ? 'ipv6' : 'ip';
  const [from, to] = r.portAt === 'to' ? ['', port] : [port, ''];
  return `${r.action === 'accept' ? 'permit' : 'deny'} ${proto} ${end(r.from, from)} ${end(r.to, to)}`;
}

/** A proposal as a rule set for nft(8): what no rule names passes. */
export function nftables(rules: readonly AclRule[], head: readonly string[]): string[] {
  return [
    ...head.map((l) => `# ${l}`),
    'table inet wardwire_advice {',
    '  chain forward {',
    '    type filter hook forward priority filter; policy accept;',
    ...rules.map((r) => `    ${nftRule(r)}`),
    '  }',
    '}',
  ];
}

/** A proposal as extended access lists for Cisco IOS, one for each IP version. */
export function cisco(rules: readonly AclRule[], head: readonly string[]): string[] {
  const list = (v6: boolean): string[] =>
    rules.filter((r) => r.v6 === v6).flatMap((r) => [` remark ${r.comment}`, ` ${iosRule(r)}`]);
  return [
    ...head.map((l) => `! ${l}`),
    'ip access-list extended WARDWIRE-ADVICE',
    ...list(false),
    ' permit ip any any',
    'ipv6 access-list WARDWIRE-ADVICE-V6',
    ...list(true),
    ' permit ipv6 any any',
  ];
}
