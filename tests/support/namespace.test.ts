import { spawnSync } from 'node:child_process';
import t from 'tap';
import { haveProgram, skipUnlessRoot, TestNetwork, testNetwork } from './namespace.js';

t.test('programs are found or not', async (t) => {
  t.ok(haveProgram('sh'));
  t.notOk(haveProgram('no-such-program-here'));
});

t.test('two ends that see each other, gone after close', async (t) => {
  if (skipUnlessRoot(t)) return;
  const n = testNetwork(t, { addresses: ['10.9.0.1/24', '10.9.0.2/24'] });
  const other = new TestNetwork();
  t.not(n.a, other.a, 'names differ');
  const listen = n.start(n.b, [
    'python3',
    '-c',
    'import socket; s=socket.socket(2,2); s.bind(("",9)); print(s.recv(9), flush=True)',
  ]);
  const heard = new Promise<string>((resolve) => listen.stdout?.once('data', (d: Buffer) => resolve(d.toString())));
  const send =
    'import socket,time\nfor _ in range(50): socket.socket(2,2).sendto(b"hello",("10.9.0.2",9)); time.sleep(0.1)';
  const sender = n.start(n.a, ['python3', '-c', send]);
  t.match(await heard, /hello/);
  sender.kill();
  const offloads = n.run(n.a, ['ethtool', '-k', 'eth0']).stdout;
  t.match(offloads, /tcp-segmentation-offload: off/);
  n.close();
  n.close();
  other.close();
  const list = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout;
  t.notMatch(list, n.a);
  t.notMatch(list, other.b);
});
