import { EvidenceFolder } from '../../src/evidence/folder.js';
import { captureFacts } from './capture-facts.js';

// Writes captures to a folder until it is killed: `node evidence-writer.js FOLDER`. Each holds its number, many times.
const [dir] = process.argv.slice(2);
const folder = new EvidenceFolder(dir, { maxBytes: 400_000, maxFiles: 30 });
const severities = ['low', 'medium', 'high', 'critical'] as const;
for (let i = 0; ; i++) {
  const id = `${process.pid}-${i}`;
  const n = 1000 + ((i * 7919) % 20_000);
  folder.store(captureFacts(id, severities[i % 4]), `${id}.pcapng`, Buffer.alloc(n, id));
  if (i === 0) process.stdout.write('writing\n');
}
