import t from 'tap';
import { formatIp, formatMac, Prefix, parseIp, parseMac } from '../../src/core/index.js';

t.test('addresses round trip', async (t) => {
  for (const ip of [
    '10.0.0.1',
    '255.255.255.255',
    '0.0.0.0',
    '192.168.1.200',
    '::1',
    '::',
    'fe80::1',
    '2001:db8::8:800:200c:417a',
    '2001:db8:1:2:3:4:5:6',
    '2001:0:0:1::1',
  ]) {
    const w = parseIp(ip);
    t.ok(w, ip);
    if (w) t.equal(formatIp(...w), ip);
  }
  t.same(parseIp('::ffff:10.1.2.3'), parseIp('10.1.2.3'), 'mapped IPv4 is IPv4');
});

t.test('not addresses', async (t) => {
  for (const bad of [
    '',
    '10.0.0',
    '10.0.0.256',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    '2001:db8:1:2:3:4:5:6:7',
    'g::1',
    '12345::',
  ]) {
    t.equal(parseIp(bad), null, bad);
  }
});

t.test('MAC forms', async (t) => {
  const want = [0x001122, 0xaabbcc];
  for (const m of ['00:11:22:aa:bb:cc', '00-11-22-AA-BB-CC', '001122aabbcc', '0011.22aa.bbcc'])
    t.same(parseMac(m), want, m);
  for (const m of ['', '00:11:22:aa:bb', 'zz:11:22:aa:bb:cc', '00:11:22:aa:bb:cc:dd']) t.equal(parseMac(m), null, m);
  t.equal(formatMac(0x001122, 0xaabbcc), '00:11:22:aa:bb:cc');
});

t.test('prefixes', async (t) => {
  const has = (p: string, a: string): boolean => {
    const w = parseIp(a);
    return w !== null && (Prefix.parse(p)?.has(...w) ?? false);
  };
  t.ok(has('10.0.0.0/8', '10.255.1.2'));
  t.notOk(has('10.0.0.0/8', '11.0.0.1'));
  t.notOk(has('0.0.0.0/0', '::1'), 'an IPv4 prefix never holds IPv6');
  t.ok(has('0.0.0.0/0', '8.8.8.8'));
  t.ok(has('fe80::/10', 'fe80::1'));
  t.notOk(has('fe80::/10', 'fec0::1'));
  t.ok(has('192.168.1.7', '192.168.1.7'));
  t.notOk(has('192.168.1.7', '192.168.1.8'));
  for (const bad of ['10.0.0.0/33', 'x/8', '10.0.0.0/8/8', 'fe80::/129', '10.0.0.0/-1'])
    t.equal(Prefix.parse(bad), null, bad);
});
