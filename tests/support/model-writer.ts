import { writeModel } from '../../src/runtime/model-dir.js';

// Writes version after version of a model into the folder given, until it is killed.
const dir = process.argv[2];
const text = `{"x":"${'a'.repeat(300_000)}"}`;
process.stdout.write('begun\n');
for (;;) writeModel(dir, { type: 'ventilator', text, own: [], prior: null }, 3);
