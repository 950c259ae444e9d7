import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { type AclRule, aclNote, cisco, iosRule, nftables, nftRule } from '../../src/respond/index.js';
import { haveProgram } from '../support/namespace.js';

const rule = (more: Partial<AclRule> = {}): AclRule => ({
  action: 'drop',
  v6: false,
  from: '10.0.0.1',
  to: '10.0.0.2',
  transport: 'tcp',
  port: 104,
  portAt: 'to',
  comment: 'x',
  ...more,
});

t.test('rules in both languages', async (t) => {
  const cases: [Partial<AclRule>, string, string][] = [
    [
      {},
      'ip saddr 10.0.0.1 ip daddr 10.0.0.2 tcp dport 104 counter drop comment "x"',
      'deny tcp host 10.0.0.1 host 10.0.0.2 eq 104',
    ],
    [
      { portAt: 'from', action: 'accept' },
      'ip saddr 10.0.0.1 ip daddr 10.0.0.2 tcp sport 104 counter accept comment "x"',
      'permit tcp host 10.0.0.1 eq 104 host 10.0.0.2',
    ],
    [
      { transport: 'any', port: null, to: '' },
      'ip saddr 10.0.0.1 counter drop comment "x"',
      'deny ip host 10.0.0.1 any',
    ],
    [
      { transport: 'icmp', port: null },
      'ip saddr 10.0.0.1 ip daddr 10.0.0.2 meta l4proto icmp counter drop comment "x"',
      'deny icmp host 10.0.0.1 host 10.0.0.2',
    ],
    [
      { v6: true, from: 'fd00::1', to: 'fd00::2', transport: 'any', port: null },
      'ip6 saddr fd00::1 ip6 daddr fd00::2 counter drop comment "x"',
      'deny ipv6 host fd00::1 host fd00::2',
    ],
  ]; // prettier-ignore
  for (const [more, nft, ios] of cases) {
    t.equal(nftRule(rule(more)), nft);
    t.equal(iosRule(rule(more)), ios);
  }
  t.equal(aclNote('a"b\n;c'.repeat(30)).length, 80);
  t.notOk(/["\n;]/.test(aclNote('a"b\n;c')));
  t.match(
    cisco([rule(), rule({ v6: true, from: 'fd00::1', to: '' })], ['read it']).join('\n'),
    /^! read it\nip access-list extended WARDWIRE-ADVICE\n remark x\n deny tcp [\s\S]*permit ip any any\nipv6 access-list WARDWIRE-ADVICE-V6\n remark x\n deny tcp host fd00::1 any eq 104\n permit ipv6 any any$/,
  );
});

t.test('nft takes any set of rules', async (t) => {
  if (!haveProgram('nft')) return t.comment('SKIPPED LOUDLY: nft is not installed');
  const any = fc.record({
    action: fc.constantFrom('accept' as const, 'drop' as const),
    v6: fc.boolean(),
    ends: fc.constantFrom('both', 'from', 'to'),
    transport: fc.constantFrom(
      'tcp' as const,
      'udp' as const,
      'sctp' as const,
      'icmp' as const,
      'other' as const,
      'any' as const,
    ),
    port: fc.option(fc.integer({ min: 1, max: 65535 })),
    portAt: fc.constantFrom('from' as const, 'to' as const),
    comment: fc.string({ maxLength: 200 }).map(aclNote),
  });
  const rules = fc.sample(any, { numRuns: 300, seed: 3 }).map(({ ends, v6, ...r }) =>
    rule({
      ...r,
      v6,
      from: ends === 'to' ? '' : v6 ? 'fd00::1' : '10.0.0.1',
      to: ends === 'from' ? '' : v6 ? 'fd00::2' : '10.0.0.2',
    }),
  );
  const r = spawnSync('nft', ['-c', '-f', '-'], { input: nftables(rules, ['head']).join('\n'), encoding: 'utf8' });
  if (/Operation not permitted/.test(r.stderr)) return t.comment('SKIPPED LOUDLY: nft may not check here');
  t.equal(r.status, 0, r.stderr);
});
