import { join } from 'node:path';
import t from 'tap';
import { decodeFile, defaultSettings } from '../../src/runtime/index.js';
import { readManifest } from '../support/manifest.js';
import { sharedFolder } from '../support/wardwire.js';

// Independent counts of every medical capture against the sensor's own: PDUs by type, commands by name, messages,
// acknowledgements, streams.
const shared = sharedFolder();
if (shared === null) t.comment('SKIPPED LOUDLY: no shared captures on this machine (WARDWIRE_SHARED)');

/** The reference stops at lost bytes; the sensor finds its way again and therefore decodes more. */
const MORE = new Set([
  'medical-derived/derived_midstream_dicom_store.pcap',
  'medical-derived/derived_sensorloss2pct_hl7.pcap',
]);

const counts = (text: string): Record<string, number> =>
  Object.fromEntries(
    text
      .split(';')
      .filter((x) => x !== '')
      .map((x) => [x.split('=')[0], Number(x.split('=')[1])]),
  ); // prettier-ignore

t.test('medical captures', { skip: shared === null }, async (t) => {
  let files = 0;
  for (const col of readManifest(shared as string)) {
    const file = col('file');
    if (!file.startsWith('medical-')) continue;
    files++;
    const s = await decodeFile(join(shared as string, 'pcaps', file), defaultSettings(), '00'.repeat(32), {});
    t.equal(s.packets, Number(col('packets')), `${file}: packets`);
    t.equal(s.tcp_streams, Number(col('tcp_streams')), `${file}: streams`);
    const want = {
      pdus: counts(col('dicom_pdus')),
      dimse: counts(col('dimse')),
      hl7: Number(col('hl7_messages') || 0),
      acks: counts(col('hl7_acks')),
    };
    const got = { pdus: s.dicom_pdus, dimse: s.dimse, hl7: s.hl7_messages, acks: s.hl7_acks };
    if (MORE.has(file)) {
      for (const [k, n] of Object.entries({ ...want.pdus, ...want.dimse, ...want.acks })) {
        t.ok({ ...got.pdus, ...got.dimse, ...got.acks }[k] >= n, `${file}: at least ${n} ${k}`);
      }
      t.ok(got.hl7 >= want.hl7);
    } else t.same(got, want, file);
  }
  t.equal(files, 45);
});

t.test('benign captures break no rule of the standard', { skip: shared === null }, async (t) => {
  const dir = join(shared as string, 'pcaps', 'medical-made');
  for (const name of [
    'dicom_dcmtk_echo_p104.pcap',
    'dicom_dcmtk_store_mixed_p104.pcap',
    'dicom_dcmtk_mwl_p1070.pcap',
    'dicom_dcmtk_qr_find_move_get_p11112.pcap',
    'dicom_orthanc_qr_commit_p4242.pcap',
    'dicom_gdcm_p11112.pcap',
    'dicom_dcmjsdimse_ipv6_p104.pcap',
    'dicom_dcmtk_compressed_p4242.pcap',
    'dicom_dcmtk_store_lossy_p11112.pcap',
    'dicom_dcmtk_abort_p104.pcap',
  ]) {
    const s = await decodeFile(join(dir, name), defaultSettings(), '00'.repeat(32), {});
    const broken = Object.keys(s.weirds).filter((w) => /^dicom\.(state|pdu|pdv|context|item|command)/.test(w));
    t.same(broken, [], name);
  } // prettier-ignore
});
