import type { RuleContext } from './context.js';
import type { Rule } from './rule.js';

/**
 * N03, N15: an address claimed by another MAC. By ARP while the former holder is alive it is spoofing (RFC 826 knows no
 * proof of ownership), and so it is when the holder's packets are seen a second time from that MAC; otherwise an identity that moved.
 */
export function arpSpoof(c: RuleContext): Rule {
  return {
    name: 'net.arp.spoof',
    identity: (ev) => {
      if (ev.device < 0) return;
      const claimant = ev.claimant ?? -1;
      if (ev.kind === 'ip.moved' && (ev.byArp || ev.passedOn) && ev.oldAlive) {
        c.emit({
          scenario: 'net.arp.spoof',
          device: ev.device,
          role: 'victim',
          flow: -1,
          peer: { ip: ev.ip, port: null, mac: ev.mac, device: claimant },
          tsUs: ev.tsUs,
          key: ev.ip,
          reasons: [
            {
              observed: ev.mac,
              unit: 'MAC',
              text: ev.passedOn
                ? `Packets of ${ev.ip} pass twice: from its own MAC ${ev.oldMac} and unchanged from ${ev.mac}, which is no router.`
                : `By ARP ${ev.mac} claims ${ev.ip}, held by ${ev.oldMac}, which sent something within the last minute.`,
            },
          ],
        });
      } else if (ev.kind === 'fingerprint.changed' && ev.change !== undefined) {
        const { what, before, after } = ev.change;
        c.emit({
          scenario: 'net.identity.moved',
          device: ev.device,
          role: 'victim',
          flow: -1,
          peer: { ip: ev.ip, port: null, mac: ev.mac, device: -1 },
          tsUs: ev.tsUs,
          key: what,
          reasons: [
            {
              observed: after,
              unit: what,
              text: `Its ${what} is ${after} and was ${before}: other software, or another device under this MAC.`,
            },
          ],
        });
      } else if ((ev.kind === 'ip.moved' && ev.oldAlive) || ev.kind === 'mac.moved') {
        c.emit({
          scenario: 'net.identity.moved',
          device: ev.device,
          role: 'victim',
          flow: -1,
          peer: { ip: ev.ip, port: null, mac: ev.mac, device: claimant },
          tsUs: ev.tsUs,
          key: `${ev.kind}.${ev.ip}`,
          reasons: [
            {
              observed: ev.mac,
              unit: 'MAC',
              text:
                ev.kind === 'mac.moved'
                  ? `MAC ${ev.mac} shows up on another VLAN than before.`
                  : `Address ${ev.ip} is used by ${ev.mac} while its former holder ${ev.oldMac} is still active.`,
            },
          ],
        });
      }
    },
  };
}
