import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Runs a command that must succeed. */
export function run(command: string, ...args: string[]): string {
  const r = spawnSync(command, args, { encoding: 'utf8' });
  if (r.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${r.stderr || r.error}`);
  return r.stdout;
}

/** Why live tests cannot run here, '' when they can. */
export function liveObstacle(...tools: string[]): string {
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  for (const t of ['ip', 'tcpreplay', ...tools]) {
    if (spawnSync('sh', ['-c', `command -v ${t}`]).status !== 0) return `${t} is not installed`;
  }
  const probe = `wwprobe${process.pid}`;
  if (spawnSync('ip', ['netns', 'add', probe]).status !== 0) return 'network namespaces do not work here';
  spawnSync('ip', ['netns', 'del', probe]);
  return '';
}

/** Runs a compiled test file again inside a fresh namespace, which is deleted with everything in it afterwards. */
export function inNamespace(file: string, variable: string): Promise<{ code: number | null; out: string }> {
  const name = `ww${process.pid}`;
  run('ip', 'netns', 'add', name);
  const child = spawn('ip', ['netns', 'exec', name, process.execPath, file], {
    env: { ...process.env, [variable]: '1', TAP: '1', NODE_TEST_CONTEXT: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.on('data', (d) => {
    out += d;
  });
  child.stderr.on('data', (d) => {
    out += d;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      spawnSync('ip', ['netns', 'del', name]);
      resolve({ code, out });
    });
  });
}

/** A pair of joined interfaces, silent by themselves: no IPv6, no ARP. The sensor listens on `b`, senders use `a`. */
export function vethPair(a: string, b: string): void {
  run('ip', 'link', 'add', a, 'type', 'veth', 'peer', 'name', b);
  for (const i of [a, b]) {
    spawnSync('sysctl', ['-qw', `net.ipv6.conf.${i}.disable_ipv6=1`]);
    run('ip', 'link', 'set', i, 'arp', 'off', 'up');
  }
}

/** Plays a capture file onto an interface; resolves when the last packet is sent. `pps` 0: as fast as it goes. */
export function send(file: string, iface: string, pps: number, loops = 1): Promise<void> {
  const speed = pps > 0 ? [`--pps=${pps}`] : ['--topspeed'];
  const child = spawn('tcpreplay', ['-q', '-K', '-i', iface, `--loop=${loops}`, ...speed, file], { stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`tcpreplay ended with ${code}`))));
  });
}

/** A counter the kernel keeps of an interface. */
export function interfaceCount(iface: string, counter: string): number {
  return Number(readFileSync(`/sys/class/net/${iface}/statistics/${counter}`, 'utf8'));
}

/** An Ethernet frame with an IPv4 UDP packet; `tags` are 802.1Q tag control values from the outside in. */
export function udpFrame(src: string, dst: string, payload: Buffer, tags: readonly number[] = []): Buffer {
  const ip = Buffer.alloc(28);
  ip[0] = 0x45;
  ip.writeUInt16BE(28 + payload.length, 2);
  ip[8] = 64;
  ip[9] = 17;
  for (const [at, text] of [
    [12, src],
    [16, dst],
  ] as const) {
    text.split('.').forEach((n, i) => {
      ip[at + i] = Number(n);
    });
  }
  ip.writeUInt16BE(4000, 20);
  ip.writeUInt16BE(4001, 22);
  ip.writeUInt16BE(8 + payload.length, 24);
  const mac = Buffer.from('02000000000202000000000108004500', 'hex').subarray(0, 12);
  const tagBytes = tags.map((v) => Buffer.from([0x81, 0x00, v >> 8, v & 255]));
  return Buffer.concat([mac, ...tagBytes, Buffer.from([0x08, 0x00]), ip, payload]);
}
