import { setTimeout as sleep } from 'node:timers/promises';
import { type Nic, type NicCounts, nicCounts, readNic } from './nic.js';

/** Time between the two looks at the counters, ms. */
const LOOK_MS = 1000;
/** A receive ring below this loses bursts, packets; and what is asked for where the card has more. */
const RING_WANTED = 4096;
/** A mirror of a ward below this loses packets at the switch, Mbit/s. */
const SPEED_WANTED = 1000;
/** An Ethernet port without jumbo frames, octets (IEEE 802.3 clause 3.2.7). */
const PLAIN_MTU = 1500;
const JUMBO_MTU = 9000;

/** Features that merge or split frames or take parts off them, by the kernel's name, with ethtool's word for them. */
const OFFLOADS: Readonly<Record<string, string>> = {
  'rx-gro': 'gro',
  'rx-lro': 'lro',
  'rx-gro-hw': 'rx-gro-hw',
  'rx-gro-list': 'rx-gro-list',
  'rx-udp-gro-forwarding': 'rx-udp-gro-forwarding',
  'tx-tcp-segmentation': 'tso',
  'tx-generic-segmentation': 'gso',
  'rx-vlan-hw-parse': 'rxvlan',
};

export type NicProblem =
  | 'missing'
  | 'loopback'
  | 'down'
  | 'no_carrier'
  | 'not_configured'
  | 'offloads'
  | 'promiscuous'
  | 'address'
  | 'ipv6'
  | 'speaks'
  | 'sends'
  | 'ring'
  | 'queues'
  | 'flow_control'
  | 'speed'
  | 'duplex'
  | 'mtu'
  | 'drops'
  | 'damaged'
  | 'unknown';

/** One thing about an interface that is not as a capture interface should be. */
export interface NicDeviation {
  readonly id: NicProblem;
  readonly text: string;
  /** The command that mends it, run as root; '' when no command can. */
  readonly fix: string;
}

export interface NicReport {
  readonly nic: Nic;
  readonly deviations: readonly NicDeviation[];
}

/**
 * Whether an interface is fit to capture from: every deviation with the command that mends it. Looks at its counters twice, a second
 * apart; changes nothing and sends nothing.
 * @param configured interfaces the sensor captures from by its configuration; none: that is not looked at
 */
export async function checkInterface(name: string, configured: readonly string[] = []): Promise<NicReport> {
  const before = nicCounts(name);
  const known = readNic(name).link !== 'missing';
  if (known) await sleep(LOOK_MS);
  const nic = readNic(name);
  return { nic, deviations: deviationsOf(nic, before, configured) };
}

/** The rules. `before`: the counters a while ago. */
export function deviationsOf(nic: Nic, before: NicCounts, configured: readonly string[]): NicDeviation[] {
  const out: NicDeviation[] = [];
  const n = nic.name;
  const add = (id: NicProblem, text: string, fix = ''): void => void out.push({ id, text, fix });
  if (nic.link === 'missing') {
    add('missing', `There is no interface ${n}.`, 'wardwire interfaces');
    return out;
  }
  if (configured.length > 0 && !configured.includes(n))
    add(
      'not_configured',
      `The sensor captures from ${configured.join(', ')}, not from ${n}.`,
      `set capture.interface: ${n} in the configuration`,
    );
  if (nic.loopback) {
    add('loopback', `${n} is the loopback interface: no mirror port can be wired to it.`);
    return out;
  }
  if (nic.link === 'down') add('down', 'The interface is down.', `ip link set dev ${n} up`);
  if (nic.link === 'no carrier')
    add('no_carrier', 'No carrier: the cable is out, or the port of the switch is shut down. Look at both.');
  speaking(nic, before, add);
  card(nic, add);
  if (nic.duplex === 'half')
    add('duplex', 'Half duplex: a mirrored port is lost in collisions.', `ethtool -s ${n} duplex full autoneg on`);
  if (nic.speed > 0 && nic.speed < SPEED_WANTED)
    add(
      'speed',
      `The link runs at ${nic.speed} Mbit/s: a busier mirror is cut by the switch.`,
      `ethtool -s ${n} speed ${SPEED_WANTED} duplex full autoneg on`,
    );
  const { counts } = nic;
  if (counts.tooLong > 0 || (nic.mtu > 0 && nic.mtu < PLAIN_MTU))
    add(
      'mtu',
      counts.tooLong > 0
        ? `The card refused ${counts.tooLong} frames as too long for its MTU of ${nic.mtu}.`
        : `The MTU of ${nic.mtu} is below the ${PLAIN_MTU} octets of Ethernet.`,
      `ip link set dev ${n} mtu ${counts.tooLong > 0 ? JUMBO_MTU : PLAIN_MTU}`,
    );
  const missed = counts.missed - before.missed;
  // without a capture the kernel drops every frame that nobody wants
  const dropped = nic.tapped ? counts.dropped - before.dropped : 0;
  if (missed > 0 || dropped > 0)
    add(
      'drops',
      `Packets are being lost: ${missed} by the card and ${dropped} by its driver within the last second (${counts.missed} and ${counts.dropped} in all).`,
      ringFix(nic, Number.POSITIVE_INFINITY),
    );
  if (counts.damaged > before.damaged)
    add('damaged', `Damaged frames arrive (${counts.damaged} in all): change the cable or the transceiver.`);
  return out;
}

type Add = (id: NicProblem, text: string, fix?: string) => void;

/** What would let the interface say something on the watched network. */
function speaking(nic: Nic, before: NicCounts, add: Add): void {
  const n = nic.name;
  if (!nic.promiscuous)
    add(
      'promiscuous',
      'Not promiscuous: only frames for this machine come in while no sensor asks for the others.',
      `ip link set dev ${n} promisc on`,
    );
  if (nic.addresses.length > 0)
    add('address', `It has addresses (${nic.addresses.join(', ')}): it can be reached.`, `ip address flush dev ${n}`);
  if (nic.ip6)
    add(
      'ipv6',
      'IPv6 is on: the kernel sends router solicitations and multicast reports.',
      `sysctl -w net.ipv6.conf.${n.replaceAll('.', '/')}.disable_ipv6=1`,
    );
  if (nic.arp || nic.multicast) {
    const on = [...(nic.arp ? ['arp'] : []), ...(nic.multicast ? ['multicast'] : [])];
    add(
      'speaks',
      `${on.join(' and ')} on: the kernel may answer and join groups.`,
      `ip link set dev ${n} ${on.map((w) => `${w} off`).join(' ')}`,
    );
  }
  const sent = nic.counts.sent - before.sent;
  if (sent > 0)
    add('sends', `${sent} frames left the interface within the last second: find who sends.`, `ss -tunap; ip route`);
}

/** What the card does to frames before anybody sees them. */
function card(nic: Nic, add: Add): void {
  const n = nic.name;
  const { card } = nic;
  if (card === null) {
    add('unknown', 'Offloads, ring and queues cannot be read without the capture addon.', 'npm start');
    return;
  }
  const on = card.features.filter(([name, active]) => active && name in OFFLOADS);
  const loose = on.filter(([, , fixed]) => !fixed).map(([name]) => OFFLOADS[name]);
  const stuck = on.filter(([, , fixed]) => fixed).map(([name]) => OFFLOADS[name]);
  if (loose.length > 0)
    add(
      'offloads',
      `Offloads are on (${loose.join(', ')}): frames are merged or changed before they are seen.`,
      `ethtool -K ${n} ${loose.map((w) => `${w} off`).join(' ')}`,
    );
  // tags and what is sent do no harm here; merged frames that cannot be turned off need another card
  const merging = stuck.filter((w) => w.includes('gro') || w === 'lro');
  if (merging.length > 0)
    add('offloads', `${merging.join(', ')} cannot be turned off on this card: use another one for capturing.`);
  if (card.ringRx > 0 && card.ringRx < Math.min(RING_WANTED, card.ringRxMax))
    add(
      'ring',
      `The receive ring holds ${card.ringRx} packets of ${card.ringRxMax} it could.`,
      ringFix(nic, RING_WANTED),
    );
  if (nic.queues > 1 && !symmetric(card.rssKey))
    add(
      'queues',
      `${nic.queues} receive queues whose hash is not the same for both directions: the two sides of a talk come out of order.`,
      `ethtool -L ${n} ${card.queuesCombinedMax > 0 ? 'combined' : 'rx'} 1`,
    );
  if (card.pauseRx === 1 || card.pauseTx === 1)
    add(
      'flow_control',
      'Flow control is on: a busy sensor would slow the switch down.',
      `ethtool -A ${n} autoneg off rx off tx off`,
    );
}

/** A larger receive ring, of at most `wanted` packets; '' when the card has none. */
function ringFix(nic: Nic, wanted: number): string {
  const most = Math.min(nic.card?.ringRxMax ?? 0, wanted);
  return nic.card === null || nic.card.ringRx >= most ? '' : `ethtool -G ${nic.name} rx ${most}`;
}

/** A Toeplitz key that repeats every two octets hashes both directions of a flow alike. */
function symmetric(key: string): boolean {
  if (key.length < 8) return false;
  for (let i = 4; i < key.length; i++) if (key[i] !== key[i - 4]) return false;
  return true;
}
