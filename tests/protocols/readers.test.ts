import t from 'tap';
import { EvidenceFeed } from '../support/evidence-feed.js';
import * as seed from '../support/evidence-seeds.js';
import { cut, type Step, timeless, twoWayCuts } from '../support/stream-feed.js';

const feed = (port: number, steps: readonly Step[]): EvidenceFeed => new EvidenceFeed(port).stream(steps);

t.test('HTTP: programs, media types, no path and no query', async (t) => {
  const f = feed(80, seed.HTTP);
  t.match(
    f.events.filter((e) => e.kind === 'http'),
    [
      { method: 'GET', userAgent: 'Mozilla/5.0 _Windows NT 10.0_', api: 'fhir', status: 0 },
      { method: '', status: 200, server: 'Hikvision-Webs', contentType: 'application/fhir+json_', api: 'fhir' },
    ],
  );
  t.same(
    f.evidence.filter((e) => !e.includes('role')),
    ['http.agent: Mozilla/5.0 _Windows NT 10.0_', '>http.server: Hikvision-Webs'],
  );
  t.notMatch(JSON.stringify(f.events), /CANARY|john|4711/, 'no name of host, path or query');
  const dicomweb = feed(80, [
    { dir: 0, bytes: Buffer.from('GET /studies HTTP/1.1\r\nHost: a\r\nAccept: application/dicom+json\r\n\r\n') },
  ]);
  t.match(
    dicomweb.events.filter((e) => e.kind === 'http'),
    [{ api: 'dicomweb' }],
  );
});

t.test('UPnP description: maker and model, not how it is called', async (t) => {
  const f = feed(49152, seed.UPNP);
  t.ok(f.evidence.includes('>upnp.vendor: Brother'));
  t.ok(f.evidence.includes('>upnp.model: MFC-9000'));
  t.ok(f.evidence.includes('>upnp.service: Printer'));
  t.notMatch(f.evidence.join(), /John/);
});

t.test('MQTT: packets, hashed topics, client as token', async (t) => {
  const f = feed(1883, seed.MQTT);
  const packets = f.events.filter((e) => e.kind === 'mqtt');
  t.same(
    packets.map((p) => p.packet),
    ['CONNECT', 'CONNACK', 'SUBSCRIBE', 'PUBLISH'],
  );
  t.match(packets[0], { level: 4, octets: 25 });
  t.equal(packets[1].code, 0);
  t.equal(packets[2].topic[1], '#');
  t.equal(packets[2].topic[0], packets[3].topic[0], 'the same level has the same hash');
  t.notMatch(JSON.stringify(f.events), /canary|ward|12345/);
  t.equal(f.weirds.count('mqtt.connect.first'), 0);
});

t.test('MQTT: what the standard forbids is named', async (t) => {
  const connect = seed.MQTT[0];
  const after = (...bytes: number[]): EvidenceFeed => feed(1883, [connect, { dir: 0, bytes: Buffer.from(bytes) }]);
  for (const [name, f] of [
    ['mqtt.connect.again', feed(1883, [connect, connect])],
    ['mqtt.flags', after(0x36, 5, 0, 1, 0x61, 0, 1)],
    ['mqtt.flags', after(0x80, 2, 0, 1)],
    ['mqtt.type.reserved', after(0x00, 0)],
    ['mqtt.length', after(0x30, 0xff, 0xff, 0xff, 0xff, 1)],
    ['mqtt.topic', after(0x30, 3, 0, 1, 0x23)],
    ['mqtt.topic', after(0x30, 3, 0, 1, 0xff)],
    ['mqtt.short', after(0x30, 3, 0, 9, 0x61)],
    ['mqtt.side', after(0x20, 2, 0, 0)],
  ] as [string, EvidenceFeed][]) {
    t.equal(f.weirds.count(name), 1, name);
  }
});

t.test('SMB: dialect, shares, the server’s name', async (t) => {
  const f = feed(445, seed.SMB);
  t.match(
    f.events.filter((e) => e.kind === 'smb'),
    [
      { what: 'dialect', value: '3.1.1' },
      { what: 'tree', value: 'ADMIN$' },
      { what: 'tree', value: /^[0-9a-f]{16}$/ },
    ],
  );
  t.same(
    f.evidence.filter((e) => e.includes('ntlm')),
    ['>ntlm.class: Windows 10.0.17763', '>ntlm.name: FILE-SRV'],
  );
  t.notMatch(JSON.stringify(f.events), /canary/);
});

t.test('banners', async (t) => {
  t.same(feed(22, seed.SSH).evidence, [
    '>service.role: ssh-server',
    '>ssh.server: Cisco-1.25',
    'ssh.agent: OpenSSH_9.2p1',
  ]);
  const ftp = feed(21, seed.FTP).evidence;
  t.ok(ftp.includes('>ftp.server: ProFTPD 1.3.5'));
  t.notMatch(ftp.join(), /Canary|nurse/);
});

t.test('however the bytes are cut, the same is told', async (t) => {
  for (const [port, steps] of [
    [80, seed.HTTP],
    [49152, seed.UPNP],
    [1883, seed.MQTT],
    [22, seed.SSH],
    [1883, seed.MQTT_WIDE],
    [3333, seed.STRATUM],
  ] as [number, readonly Step[]][]) {
    const telling = (s: readonly Step[]): unknown[] => timeless(feed(port, s).events);
    const whole = telling(steps);
    t.ok(whole.length > 0);
    t.same(telling(cut(steps, 1)), whole, `port ${port} byte by byte`);
    for (const c of twoWayCuts(steps)) t.same(telling(c), whole, `port ${port} cut in two`);
  }
});

t.test('MQTT: the widest of several filters; what comes fast is told together, and nothing is lost', async (t) => {
  const wide = feed(1883, seed.MQTT_WIDE).events.filter((e) => e.kind === 'mqtt');
  t.match(wide, [
    { packet: 'CONNECT', count: 1 },
    { packet: 'SUBSCRIBE', wild: 'all', clientToken: /^[0-9a-f]{16}$/ },
  ]);
  const publish = seed.MQTT[3].bytes as Buffer;
  const f = feed(1883, [seed.MQTT[0], { dir: 0, bytes: Buffer.concat(Array.from({ length: 5000 }, () => publish)) }]);
  const told = f.events.flatMap((e) => (e.kind === 'mqtt' && e.packet === 'PUBLISH' ? [e] : []));
  t.ok(told.length < 60, `${told.length} events`);
  t.equal(
    told.reduce((n, e) => n + e.count, 0),
    5000,
  );
  t.equal(
    told.reduce((n, e) => n + e.octets, 0),
    5000 * publish.length,
  );
  t.ok(told.every((e) => e.topic.length === 2));
});

t.test('SMB: what is changed is counted, however large the pieces', async (t) => {
  const sum = (steps: readonly Step[]) => {
    const seen = feed(445, steps).events.flatMap((e) => (e.kind === 'smb' && e.what === 'changes' ? [e] : []));
    const of = (k: 'opens' | 'writes' | 'octets' | 'dense' | 'renames' | 'deletes'): number =>
      seen.reduce((n, e) => n + (e[k] ?? 0), 0);
    return [of('opens'), of('writes'), of('octets'), of('dense'), of('renames'), of('deletes')];
  };
  t.same(sum(seed.SMB_CHANGES), [1, 1, 300, 1, 1, 1]);
  const whole = Buffer.concat(seed.SMB_CHANGES.map((s) => s.bytes as Buffer));
  t.same(sum([{ dir: 0, bytes: whole }]), [1, 1, 300, 1, 1, 1], 'all in one piece');
  // a message is followed by its length, whatever its body holds
  const inside = Buffer.concat([whole, Buffer.from('00000044fe534d42', 'hex')]);
  t.same(sum([{ dir: 0, bytes: inside }]), [1, 1, 300, 1, 1, 1]);
  const some = sum(cut([{ dir: 0, bytes: whole }], 100));
  t.ok(
    some.every((n, i) => n <= [1, 1, 300, 1, 1, 1][i]),
    `cut into pieces nothing is counted twice: ${some}`,
  );
  t.same(sum(cut(seed.SMB_CHANGES, 1)), [0, 0, 0, 0, 0, 0]);
});

t.test('Stratum is told from other lines of JSON', async (t) => {
  const apps = (line: string): unknown[] =>
    feed(3333, [{ dir: 0, bytes: Buffer.from(line) }]).events.filter((e) => e.kind === 'service');
  t.equal(feed(3333, seed.STRATUM).events.filter((e) => e.kind === 'service').length, 1);
  for (const line of [
    '{"id":1,"method":"mining.subscribe","params":[]}\n',
    '{"worker":"","id":2,"method":"eth_submitLogin","params":["0x0"]}\n',
    '{"params":[],"id":null,"method":"mining.notify"}\n',
  ])
    t.equal(apps(line).length, 1, line);
  for (const line of [
    '{"id":1,"method":"login","params":{"user":"a","password":"b"}}\n',
    '{"id":1,"method":"status"}\n',
    `{"note":"${'x'.repeat(400)} mining.subscribe"}\n`,
  ])
    t.equal(apps(line).length, 0, line);
});
