// The unit of a further sensor is the one of the first with another name: made from it, so that the two never differ in anything else.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What is different, line by line: pattern in wardwire.service → text in wardwire@.service. */
const DIFFERENT = [
  [
    /^# Watches the interface .*$/m,
    '# Made from wardwire.service by `npm run generate`: change that one.\n# A further sensor on the same machine: `systemctl enable --now wardwire@eth2` reads /etc/wardwire/eth2.yaml, which needs a name of its\n# own (sensor.name), a port of its own (metrics.port), store.data_dir below /var/lib/wardwire-eth2 and control.socket below /run/wardwire-eth2.',
  ],
  [/^Description=.*$/m, 'Description=Wardwire on a further interface (%i)'],
  [/\/etc\/wardwire\/wardwire\.yaml$/gm, '/etc/wardwire/%i.yaml'],
  [/^(StateDirectory|RuntimeDirectory)=wardwire$/gm, '$1=wardwire-%i'],
  [/^WorkingDirectory=\/var\/lib\/wardwire$/m, 'WorkingDirectory=/var/lib/wardwire-%i'],
];

/** Units that are made from others: path from the project root → text. */
export function units() {
  let text = readFileSync(join(root, 'systemd', 'wardwire.service'), 'utf8');
  for (const [pattern, other] of DIFFERENT) {
    if (text.search(pattern) < 0) throw new Error(`systemd/wardwire.service has no line ${pattern}`);
    text = text.replace(pattern, other);
  }
  return { 'systemd/wardwire@.service': text };
}
