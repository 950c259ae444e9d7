/** Other capture formats by their first bytes, so that a refusal can say what the file is. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['736e6f6f70000000', 'a snoop file (RFC 1761)'],
  ['52545353', 'a Microsoft Network Monitor 1 file'],
  ['474d4255', 'a Microsoft Network Monitor 2 file'],
  ['5452534e494646', 'a Sniffer file'],
  ['58435000', 'a NetXRay file'],
  ['50545357', 'an AiroPeek file'],
  ['1bc97e', 'a Visual Networks file'],
  ['425a68', 'compressed with bzip2'],
  ['fd377a585a00', 'compressed with xz'],
  ['04224d18', 'compressed with lz4'],
  ['504b0304', 'a zip archive'],
  ['1f9d', 'compressed with compress'],
];

/** What a file that is no pcap or pcapng starts like, or '' when nothing is known. */
export function foreignFormat(head: Buffer): string {
  const hex = head.toString('hex', 0, 16);
  for (const [start, name] of FOREIGN) if (hex.startsWith(start)) return name;
  return '';
}
