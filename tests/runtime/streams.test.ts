import { join } from 'node:path';
import t from 'tap';
import { fileInfo } from '../../src/capture/index.js';
import { WardwireError } from '../../src/core/index.js';
import { decodeFile, defaultSettings } from '../../src/runtime/index.js';
import { readManifest } from '../support/manifest.js';
import { sharedFolder } from '../support/wardwire.js';

// TCP connections and link types of every shared capture against tshark's and capinfos' counts in the manifest.
t.setTimeout(600_000);

const shared = sharedFolder();
if (shared === null) t.comment('SKIPPED LOUDLY: no shared captures on this machine (WARDWIRE_SHARED)');

const QUOTED = 'tshark counts TCP headers quoted inside ICMP errors and samples as connections';
const FRAGMENT = 'a later IP fragment has no TCP header; tshark reads one where the data begins';
const LINK = 'a link type without a decoder: its packets are counted and named';
const CLOSED = 'packets long after the end of a connection are a connection of their own here';
const RESET = 'after a reset the sensor begins anew, tshark goes on until the next SYN';
const BIG = 'tshark does not look into packets longer than their 16-bit length field';

/** Where the count differs: ours, and why. */
const DIFFERENT: Record<string, readonly [number, string]> = {
  'attack/Malcolm-Test-Artifacts/plugins_bro-simple-scan_multiport_scan.pcap': [10, QUOTED],
  'attack/packet-captures/amp.TCP.reflection.SYNACK.pcap': [7674, QUOTED],
  'iot/IoT_Sentinel/MAXGateway_Setup-A-7-STA.pcap': [7, RESET],
  'iot/IoT_Sentinel/MAXGateway_Setup-A-9-STA.pcap': [5, RESET],
  'misc/nDPI/6in4tunnel.pcap': [5, QUOTED],
  'misc/nDPI/fuzz-2006-09-29-28586.pcap': [37, 'packets changed at random'],
  'misc/nDPI/reasm_crash_anon.pcapng': [2, 'a SYN with another number that is answered by nothing'],
  'misc/nDPI/vnc.pcap': [2, QUOTED],
  'oddities/arkime/pcap_tcp-reassembly-synthetic.pcap': [12, RESET],
  'oddities/libpcap/filter_arcnet-rfc1051-arp-icmp-http.pcap': [0, LINK],
  'oddities/suricata-verify/bug-3286-02-linux-evasion_with_evasion_linux.pcap': [2, RESET],
  'oddities/suricata-verify/tcp-fastopen-10-syn-data-ignore_input.pcap': [2, RESET],
  'oddities/tcpdump/arcnet-rfc1201-arp-icmp-http.pcap': [0, LINK],
  'oddities/tcpdump/bgp-bgp_capabilities_print-oobr-1.pcap': [0, FRAGMENT],
  'oddities/tcpdump/bgp_pmsi_tunnel-oobr.pcap': [0, FRAGMENT],
  'oddities/tcpdump/bigtcp-ipv4-geneve-ipv4.pcap': [1, BIG],
  'oddities/tcpdump/bigtcp-ipv4-vxlan-ipv4.pcap': [1, BIG],
  'oddities/tcpdump/bigtcp-ipv6-geneve-ipv6.pcap': [1, BIG],
  'oddities/tcpdump/bigtcp-ipv6-vxlan-ipv4.pcap': [1, BIG],
  'oddities/tcpdump/bigtcp-ipv6.pcap': [1, BIG],
  'oddities/tcpdump/rpki-rtr-oobr.pcap': [0, FRAGMENT],
  'oddities/tcpdump/sflow_expanded.pcap': [0, QUOTED],
  'oddities/zeek/socks.pcap': [2, CLOSED],
  'oddities/zeek/tcp_rst-inject-rae.pcap': [2, RESET],
  'oddities/zeek/tunnels_Teredo.pcap': [7, CLOSED],
  'oddities/zeek/tunnels_ayiya3.pcap': [0, 'AYIYA is not peeled'],
};

/** LINKTYPE numbers of capinfos' names. */
const LINKS: Record<string, readonly number[]> = {
  ether: [1],
  'ieee-802-11-radiotap': [127],
  'ieee-802-11': [105],
  null: [0, 108],
  'linux-sll': [113],
  'linux-sll2': [276],
  rawip: [12, 14, 101],
  rawip4: [228],
  rawip6: [229],
  ppp: [9, 50],
  frelay: [107],
  nflog: [239],
  chdlc: [104],
  arcnet_linux: [129],
  'ip-ib': [242],
  'fddi-swapped': [10],
};

t.test('every shared capture', { skip: shared === null, timeout: 600_000 }, async (t) => {
  const wrong: string[] = [];
  let equal = 0;
  let links = 0;
  for (const col of readManifest(shared as string)) {
    // without a file type the manifest's tools could not read it
    if (col('filetype') === '') continue;
    const name = col('file');
    const path = join(shared as string, 'pcaps', name);
    try {
      const { tcp_streams: got } = await decodeFile(path, defaultSettings(), '00'.repeat(32), {});
      const want = DIFFERENT[name]?.[0] ?? Number(col('tcp_streams'));
      if (got !== want) wrong.push(`${name}: ${got} TCP connections, not ${want}`);
      else if (DIFFERENT[name] === undefined) equal++;
      const known = LINKS[col('encap')];
      if (known === undefined) continue;
      links++;
      const info = await fileInfo(path);
      const types = Object.keys(info.linkTypes).map(Number);
      if (types.some((n) => !known.includes(n))) wrong.push(`${name}: link type ${types}, not ${col('encap')}`);
    } catch (error) {
      // refused as libpcap refuses it
      if (!(error instanceof WardwireError) || !/version 1\.1/.test(error.message)) throw error;
    }
  }
  t.same(wrong, []);
  t.comment(`${equal} captures have the manifest's number of TCP connections, ${Object.keys(DIFFERENT).length} differ`);
  t.ok(equal > 1180 && links > 1180);
});
