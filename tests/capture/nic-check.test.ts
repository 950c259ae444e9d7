import t from 'tap';
import { deviationsOf, type Nic, type NicCounts, type NicReport } from '../../src/capture/index.js';
import { haveProgram, skipUnlessRoot, type TestNetwork, testNetwork } from '../support/namespace.js';

const NOTHING: NicCounts = { received: 0, sent: 0, missed: 0, dropped: 0, tooLong: 0, damaged: 0 };

/** A card as it should be. */
const GOOD: Nic = {
  ...{ name: 'cap0', link: 'up', loopback: false, promiscuous: true, arp: false, multicast: false },
  ...{ mtu: 1500, speed: 10000, duplex: 'full', addresses: [], ip6: false, counts: NOTHING, queues: 1, tapped: true },
  card: {
    ...{ driver: 'ixgbe', ringRx: 4096, ringRxMax: 8192, queues: 1, queuesCombinedMax: 8, pauseRx: 0, pauseTx: 0 },
    ...{ rssKey: '', features: [['rx-gro', false, false]] },
  },
};
const told = (nic: Nic, before = NOTHING, configured: string[] = []) =>
  deviationsOf(nic, before, configured).map((d) => `${d.id}: ${d.fix}`);
const card = (changes: Partial<NonNullable<Nic['card']>>): Nic => ({
  ...GOOD,
  card: { ...(GOOD.card as NonNullable<Nic['card']>), ...changes },
});

t.test('every rule of a card, with the command that mends it', async (t) => {
  t.same(told(GOOD), [], 'a good one');
  t.same(told(GOOD, NOTHING, ['cap0', 'cap1']), [], 'one of those configured');
  t.same(told({ ...GOOD, queues: 8, card: { ...card({}).card, rssKey: '6d5a'.repeat(20) } as never }), [], 'symmetric');
  const features = (...f: [string, boolean, boolean][]) => card({ features: f });
  for (const [what, nic, expected] of [
    ['missing', { ...GOOD, link: 'missing' }, ['missing: wardwire interfaces']],
    ['down', { ...GOOD, link: 'down' }, ['down: ip link set dev cap0 up']],
    ['no cable', { ...GOOD, link: 'no carrier' }, ['no_carrier: ']],
    ['loopback', { ...GOOD, loopback: true }, ['loopback: ']],
    ['half duplex', { ...GOOD, duplex: 'half' }, ['duplex: ethtool -s cap0 duplex full autoneg on']],
    ['slow', { ...GOOD, speed: 100 }, ['speed: ethtool -s cap0 speed 1000 duplex full autoneg on']],
    ['small MTU', { ...GOOD, mtu: 1400 }, ['mtu: ip link set dev cap0 mtu 1500']],
    ['giants', { ...GOOD, counts: { ...NOTHING, tooLong: 9 } }, ['mtu: ip link set dev cap0 mtu 9000']],
    ['damage', { ...GOOD, counts: { ...NOTHING, damaged: 9 } }, ['damaged: ']],
    ['it sends', { ...GOOD, counts: { ...NOTHING, sent: 1 } }, ['sends: ss -tunap; ip route']],
    ['a small ring', card({ ringRx: 256 }), ['ring: ethtool -G cap0 rx 4096']],
    ['a small card', card({ ringRx: 256, ringRxMax: 256 }), []],
    ['queues', { ...GOOD, queues: 8 }, ['queues: ethtool -L cap0 combined 1']],
    ['an odd key', { ...card({ rssKey: '6d5a56da255b0ec2' }), queues: 8 }, ['queues: ethtool -L cap0 combined 1']],
    ['flow control', card({ pauseTx: 1 }), ['flow_control: ethtool -A cap0 autoneg off rx off tx off']],
    ['merging', features(['rx-gro', true, false]), ['offloads: ethtool -K cap0 gro off']],
    ['merging for ever', features(['rx-lro', true, true]), ['offloads: ']],
    ['harmless for ever', features(['tx-tcp-segmentation', true, true], ['rx-checksum', true, false]), []],
    ['no addon', { ...GOOD, card: null }, ['unknown: npm start']],
  ] as [string, Nic, string[]][])
    t.same(told(nic), expected, what);
  t.same(told(GOOD, NOTHING, ['cap1']), ['not_configured: set capture.interface: cap0 in the configuration']);
  const losing = { ...GOOD, counts: { ...NOTHING, missed: 60, dropped: 5 } };
  t.same(told(losing, { ...NOTHING, missed: 10, dropped: 5 }), ['drops: ethtool -G cap0 rx 8192']);
  t.same(told(losing, losing.counts), [], 'losses of long ago');
  const unwanted = { ...GOOD, tapped: false, counts: { ...NOTHING, dropped: 50 } };
  t.same(told(unwanted), [], 'frames nobody wanted while nobody captured');
  t.same(told({ ...unwanted, tapped: true }), ['drops: ethtool -G cap0 rx 8192']);
});

t.test('a real interface: what is wrong is named, the commands mend it, and then nothing is wrong', async (t) => {
  if (skipUnlessRoot(t)) return;
  if (!haveProgram('ethtool')) return void t.pass('skipped', { skip: 'no ethtool' });
  const n = testNetwork(t, { mtu: 1400 });
  const ip = (...words: string[]) => n.run(n.b, ['ip', ...words]);
  n.run(n.b, ['sysctl', '-qw', 'net.ipv6.conf.eth0.disable_ipv6=0']);
  n.run(n.b, ['ethtool', '-K', 'eth0', 'gro', 'on', 'tso', 'on']);
  ip('address', 'add', '10.1.2.3/24', 'dev', 'eth0');
  const first = look(n);
  t.equal(first.status, 1, 'exit code of deviations');
  t.same(
    first.report.deviations.map((d) => d.id).filter((id) => id !== 'sends'),
    ['promiscuous', 'address', 'ipv6', 'speaks', 'offloads', 'mtu'],
    'each is named',
  );
  for (const { fix } of first.report.deviations) {
    if (fix.startsWith('ss ')) continue;
    const r = n.run(n.b, ['sh', '-c', fix]);
    t.equal(r.status, 0, `${fix} ${r.stderr}`);
  }
  const second = look(n);
  t.same(second.report.deviations, [], 'fit');
  t.equal(second.status, 0);
  n.link(n.a, 'down');
  t.same(look(n).report.deviations[0].id, 'no_carrier');
  n.link(n.b, 'down');
  const down = look(n).report.deviations;
  t.match(down[0], { id: 'down', fix: 'ip link set dev eth0 up' });
});

function look(n: TestNetwork): { status: number | null; report: Pick<NicReport, 'deviations'> } {
  const r = n.run(n.b, [process.execPath, 'dist/src/main.js', 'interfaces', '--check', 'eth0', '--json']);
  return { status: r.status, report: JSON.parse(r.stdout)[0] };
}
