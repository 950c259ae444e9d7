import { createInterface } from 'node:readline';
import { Client, Message } from 'node-hl7-client';

// An HL7 v2 client of node-hl7-client for tests: `node mllp-client.js HOST PORT`. Each line of standard input is one message as a
// JSON text; it is sent when the one before was acknowledged. Ends with the input.

const [host, port] = process.argv.slice(2);
let answered: () => void = () => undefined;
const client = new Client({ host });
const connection = client.createConnection({ port: Number(port) }, async () => answered());
const up = new Promise<void>((done) => connection.once('connect', () => done()));
await up;
for await (const line of createInterface({ input: process.stdin })) {
  const ack = new Promise<void>((done) => {
    answered = done;
  });
  await connection.sendMessage(new Message({ text: JSON.parse(line) }));
  await ack;
}
await connection.close();
process.exit(0);
