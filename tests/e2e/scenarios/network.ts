import { createHash } from 'node:crypto';
import { dhcp, name, smb2, utf16 } from '../../support/evidence-seeds.js';
import { Tcp } from '../../support/gen/net.js';
import { associate, release, store, tlsHellos, UID } from './bytes.js';
import type { ScenarioCase } from './case.js';
import type { Talk, Ward, Who } from './ward.js';

const many = (n: number, f: (i: number) => void): void => {
  for (let i = 0; i < n; i++) f(i);
};
/** Bytes without structure, the same every time. */
function random(n: number, seed: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i * 32 < n; i++) parts.push(createHash('sha256').update(`${seed}.${i}`).digest());
  return Buffer.concat(parts).subarray(0, n);
}

const OUTSIDE = '203.0.113.7';
const page = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: device\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0)\r\n\r\n`;
const reply = (status: string, body = ''): string =>
  `HTTP/1.1 ${status}\r\nServer: device\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

// DHCP (RFC 2131)
const ip = (text: string): Buffer => Buffer.from(text.split('.').map(Number));
const option = (code: number, value: Buffer): Buffer => Buffer.concat([Buffer.of(code, value.length), value]);
function lease(w: Ward, server: Who, type: number, router = '10.7.0.1', dns = '10.7.0.2'): void {
  const options = [
    option(53, Buffer.of(type)),
    option(54, ip(w.ip(server))),
    option(3, ip(router)),
    option(6, ip(dns)),
  ];
  w.multicast('pc', '255.255.255.255', 67, dhcp(1, [option(53, Buffer.of(1))]), 68);
  w.multicast(server, '255.255.255.255', 68, dhcp(2, options), 67);
}

// SMB 2 ([MS-SMB2])
const words = (...n: number[]): Buffer =>
  Buffer.from(n.flatMap((v) => [v & 255, (v >> 8) & 255, (v >> 16) & 255, (v >>> 24) & 255]));
const negotiated = smb2(0, true, Buffer.concat([Buffer.from('4100010011030000', 'hex'), Buffer.alloc(56)]));
const tree = (share: string): Buffer => {
  const path = utf16(`\\\\FILES\\${share}`);
  return smb2(
    3,
    false,
    Buffer.concat([Buffer.from('090000004800', 'hex'), Buffer.of(path.length & 255, path.length >> 8), path]),
  );
};
const create = smb2(5, false, Buffer.alloc(56));
/** WRITE of data at the beginning of a file. */
const write = (data: Buffer): Buffer =>
  smb2(9, false, Buffer.concat([Buffer.from('31007000', 'hex'), words(data.length, 0, 0), Buffer.alloc(32), data]));
const rename = smb2(17, false, Buffer.concat([Buffer.from('2100010a', 'hex'), Buffer.alloc(60)]));
const done = (command: number): Buffer => smb2(command, true, Buffer.alloc(16));
function shareOf(w: Ward, who: Who): Talk {
  return w
    .tcp(who, 'files', 445)
    .ask(smb2(0, false, Buffer.alloc(36)), negotiated)
    .ask(tree('images'), done(3));
}
function save(talk: Talk, data: Buffer): Talk {
  return talk.ask(create, done(5)).ask(write(data), done(9));
}

// DNS (RFC 1035)
const question = (host: string): Buffer =>
  Buffer.concat([
    Buffer.from('00010100000100000000', 'hex'),
    Buffer.alloc(2),
    name(host),
    Buffer.from('00010001', 'hex'),
  ]);

const vnc = (w: Ward, from: Who): void => w.exchange(from, 'us', 5900, 'RFB 003.008\n', 'RFB 003.008\n');
const upload = (octets: number): string =>
  `POST /upload HTTP/1.1\r\nHost: device\r\nContent-Type: application/octet-stream\r\nContent-Length: ${octets}\r\n\r\n${'F'.repeat(octets)}`;

export const NETWORK_CASES: readonly ScenarioCase[] = [
  {
    scenario: 'net.scan.ports',
    device: '10.7.9.66',
    attack: (w) => {
      w.learned();
      many(60, (i) => {
        w.segment('laptop', 'pump', 50_000 + i, 20 + i, Tcp.SYN);
        w.segment('pump', 'laptop', 20 + i, 50_000 + i, Tcp.RST | Tcp.ACK);
      });
    },
    alike: 'a client that opens sixty connections of one service, all with data',
    miss: (w) => {
      w.exchange('viewer', 'ehr', 80, page('/'), reply('200 OK', 'x'));
      w.learned();
      many(60, () => w.exchange('viewer', 'ehr', 80, page('/'), reply('200 OK', 'x')));
    },
  },
  {
    scenario: 'net.scan.hosts',
    device: '10.7.9.66',
    attack: (w) => {
      w.learned();
      many(30, (i) => w.segment('laptop', `10.7.8.${i + 1}`, 51_000, 104, Tcp.SYN));
      w.wait(20);
    },
    alike: 'a server with thirty clients',
    miss: (w) => {
      w.learned();
      many(30, (i) => w.exchange(`10.7.8.${i + 1}`, 'ehr', 80, page('/'), reply('200 OK', 'x')));
    },
  },
  {
    scenario: 'net.scan.vulnerability',
    device: 'Pump bed 1',
    attack: (w) => {
      w.learned();
      const a = w.tcp('pc', 'pump', 80);
      many(30, (i) => a.say(0, page(`/admin${i}.php`)).say(1, reply('404 Not Found'), 0.1));
    },
    alike: 'a browser that loads a page with many parts, one of them missing',
    miss: (w) => {
      w.learned();
      const a = w.tcp('pc', 'ehr', 80);
      many(40, (i) =>
        a.say(0, page(`/part${i}.js`)).say(1, reply(i % 20 === 0 ? '404 Not Found' : '200 OK', 'x'), 0.1),
      );
    },
  },
  {
    scenario: 'net.arp.spoof',
    device: 'Interface engine',
    attack: (w) => {
      w.arp('engine', 'mon', true);
      w.learned();
      const liar = w.impostor('engine', 'laptop');
      many(4, () => {
        w.arp('engine', 'mon', true);
        w.arp(liar, 'mon', true);
        w.wait(2);
      });
    },
    alike: 'everybody asks for everybody by ARP and announces itself',
    miss: (w) => {
      w.learned();
      for (const who of ['engine', 'mon', 'vent', 'pacs'] as const) {
        w.arp(who, 'router', false);
        w.arp('router', who, true);
        w.arp(who, who, false);
      }
    },
  },
  {
    scenario: 'net.dhcp.rogue',
    device: 'Office computer',
    attack: (w) => {
      lease(w, 'dhcp', 2);
      lease(w.learned(), 'dhcp', 2);
      lease(w.wait(5), 'pc', 2, '10.7.4.10', '10.7.4.10');
    },
    alike: 'the server of the site gives many addresses',
    miss: (w) => {
      lease(w, 'dhcp', 2);
      w.learned();
      many(20, (i) => lease(w.wait(1), 'dhcp', i % 2 === 0 ? 2 : 5));
    },
  },
  {
    scenario: 'net.beacon',
    device: 'Ventilator bed 1',
    attack: (w) => {
      w.learned();
      many(12, () => {
        w.exchange('vent', OUTSIDE, 443, 'ping', 'pong');
        w.wait(30);
      });
    },
    alike: 'a workstation on the web: as often, at uneven intervals',
    miss: (w) => {
      w.learned();
      many(24, (i) => {
        w.exchange('pc', OUTSIDE, 443, 'ping', 'pong');
        w.wait([3, 47, 12, 95, 8, 31][i % 6]);
      });
    },
  },
  {
    scenario: 'net.exfiltration',
    device: 'Archive',
    settings: { detect: { exfil_octets: 2_000_000 } },
    attack: (w) => {
      w.learned();
      const a = w.tcp('pacs', OUTSIDE, 443);
      many(40, (i) => a.say(0, random(20_000, i), 0.5));
      a.close();
      w.wait(15);
    },
    alike: 'the archive sends the same inside',
    miss: (w) => {
      w.learned();
      const a = w.tcp('pacs', 'viewer', 11_112);
      many(40, (i) => a.say(0, random(20_000, i), 0.5));
      a.close();
      w.wait(15);
    },
  },
  {
    scenario: 'net.peer.external',
    device: 'Ventilator bed 1',
    attack: (w) => w.learned().exchange('vent', OUTSIDE, 443, 'hello', 'yes'),
    alike: 'a new address of the site, an address known from learning, and a multicast group',
    miss: (w) => {
      w.exchange('vent', OUTSIDE, 443, 'hello', 'yes');
      w.learned().exchange('vent', OUTSIDE, 443, 'hello', 'yes');
      w.udp('vent', '10.7.8.9', 9000, Buffer.from('hello'));
      w.multicast('vent', '239.1.2.3', 9000, Buffer.from('hello'));
    },
  },
  {
    scenario: 'net.call_home.known',
    device: 'Monitor bed 2',
    attack: (w) => w.segment('mon2', '202.114.4.119', 40_001, 515, Tcp.SYN),
    alike: 'the same port, to a printer of the site',
    miss: (w) => w.segment('mon2', '10.7.8.15', 40_001, 515, Tcp.SYN),
  },
  {
    scenario: 'net.cleartext',
    device: 'Ventilator bed 1',
    attack: (w) => w.learned().exchange('laptop', 'vent', 23, Buffer.from('fffd18fffd20', 'hex'), 'login: '),
    alike: 'a service visit by SSH, and a web page on the port of FTP',
    miss: (w) => {
      w.learned().exchange('laptop', 'vent', 22, 'SSH-2.0-OpenSSH_9.2\r\n', 'SSH-2.0-dropbear\r\n');
      w.exchange('laptop', 'vent', 21, page('/'), reply('200 OK', 'x'));
    },
  },
  {
    scenario: 'net.smb.lateral',
    device: 'CT 1',
    attack: (w) => w.learned().exchange('pc', 'ct', 445, smb2(0, false, Buffer.alloc(36)), negotiated),
    alike: 'a share this computer always used',
    miss: (w) => {
      shareOf(w, 'pc').close();
      shareOf(w.learned(), 'pc').close();
    },
  },
  {
    scenario: 'net.remote_access',
    device: 'Ultrasound 1',
    attack: (w) => vnc(w.learned(), 'pc'),
    alike: "the maker's jump host, known from learning",
    miss: (w) => {
      vnc(w, 'files');
      vnc(w.learned(), 'files');
    },
  },
  {
    scenario: 'net.tls.downgrade',
    device: 'Patient records',
    attack: (w) => {
      w.tcp('viewer', 'ehr', 443)
        .ask(...tlsHellos(0x0303))
        .close();
      w.learned()
        .tcp('viewer', 'ehr', 443)
        .ask(...tlsHellos(0x0301))
        .close();
    },
    alike: 'a newer version than ever',
    miss: (w) => {
      w.tcp('viewer', 'ehr', 443)
        .ask(...tlsHellos(0x0303))
        .close();
      w.learned()
        .tcp('viewer', 'ehr', 443)
        .ask(...tlsHellos(0x0304))
        .close();
    },
  },
  {
    scenario: 'net.firmware.push',
    device: 'Pump bed 1',
    settings: { detect: { push_octets: 200_000 } },
    attack: (w) => {
      w.learned().exchange('pc', 'pump', 8080, upload(300_000), reply('200 OK'));
      w.wait(15);
    },
    alike: 'images into the archive, and a setting sent to the pump',
    miss: (w) => {
      release(store(associate(w, 'ct', 'pacs', 'CT1', UID.ct), '2.25.7.1.1', 20_000));
      w.learned().exchange('pc', 'pump', 8080, upload(2000), reply('200 OK'));
      release(store(associate(w, 'ct', 'pacs', 'CT1', UID.ct), '2.25.7.1.2', 400_000));
      w.wait(15);
    },
  },
  {
    scenario: 'device.silent',
    device: 'Ventilator bed 1',
    attack: (w) => {
      w.learned().mute.add('vent');
      w.wait(400);
    },
    alike: 'a device that is heard now and then',
    miss: (w) => void w.learned().wait(400),
  },
  {
    scenario: 'net.identity.moved',
    device: 'Monitor bed 1',
    attack: (w) => {
      w.learned();
      const other = w.impostor('mon', 'laptop');
      many(3, () => {
        w.udp('mon', 'central', 9000, Buffer.from('one'));
        w.udp(other, 'pacs', 9001, Buffer.from('two'), 41_000);
        w.wait(2);
      });
    },
    alike: 'a device that uses many ports and peers',
    miss: (w) => {
      w.learned();
      many(10, (i) => w.udp('mon', i % 2 === 0 ? 'central' : 'engine', 9000 + i, Buffer.from('one'), 41_000 + i));
    },
  },
  {
    scenario: 'net.dns.tunnel',
    device: 'Office computer',
    attack: (w) => {
      w.learned();
      many(40, (i) => w.udp('pc', 'dhcp', 53, question(`${random(25, i).toString('hex')}.t.example`), 42_000 + i));
    },
    alike: 'many ordinary names, and long ones of a content network',
    miss: (w) => {
      w.learned();
      many(60, (i) => w.udp('pc', 'dhcp', 53, question(`host${i}.example`), 42_000 + i));
      many(10, (i) =>
        w.udp('pc', 'dhcp', 53, question(`${random(25, i).toString('hex')}.cdn${i}.example`), 43_000 + i),
      );
    },
  },
  {
    scenario: 'net.ransomware',
    device: 'File server',
    attack: (w) => {
      save(shareOf(w, 'pc'), Buffer.alloc(600, 65)).close();
      const s = shareOf(w.learned(), 'pc');
      many(40, (i) => save(s, random(600, i)).ask(rename, done(17)).say(0, Buffer.alloc(0), 0.2));
      w.wait(2);
      s.ask(create, done(5)).ask(rename, done(17)).close();
    },
    alike: 'a hundred pictures copied to a share, and twenty old ones renamed',
    miss: (w) => {
      save(shareOf(w, 'pc'), Buffer.alloc(600, 65)).close();
      const s = shareOf(w.learned(), 'pc');
      many(100, (i) => save(s, random(600, i)).say(0, Buffer.alloc(0), 0.2));
      many(20, () => s.ask(rename, done(17)));
      s.close();
    },
  },
  {
    scenario: 'net.flood',
    device: 'Pump bed 1',
    settings: { detect: { syn_per_s: 50 } },
    attack: (w) => {
      w.learned();
      many(400, (i) => w.wait(0.01).segment('laptop', 'pump', 20_000 + i, 80, Tcp.SYN));
    },
    alike: 'one burst within a second',
    miss: (w) => {
      w.learned();
      many(80, (i) => w.segment(`10.7.8.${1 + (i % 40)}`, 'ehr', 20_000 + i, 80, Tcp.SYN));
    },
  },
  {
    scenario: 'net.mining',
    device: 'Office computer',
    attack: (w) => {
      const subscribe = '{"id": 1, "method": "mining.subscribe", "params": ["miner/1.0"]}\n';
      w.learned().exchange('pc', OUTSIDE, 3333, subscribe, '{"id":1,"result":[[],"00",4],"error":null}\n');
    },
    alike: 'another service that speaks JSON lines, with a login',
    miss: (w) => {
      const login = '{"id": 1, "method": "login", "params": {"user": "kiosk", "password": "x"}}\n';
      w.learned().exchange('pc', OUTSIDE, 3333, login, '{"id":1,"result":true}\n');
    },
  },
];
