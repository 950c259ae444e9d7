import { join } from 'node:path';
import t from 'tap';
import { WardwireError } from '../../src/core/index.js';
import { assembleSpec, defaultConfig, Replay } from '../../src/runtime/index.js';
import { readManifest } from '../support/manifest.js';
import { sharedFolder } from '../support/wardwire.js';

// a thousand captures take longer than the usual half minute on a busy machine
t.setTimeout(600_000);

const shared = sharedFolder();
if (shared === null) t.comment('SKIPPED LOUDLY: no shared captures on this machine (WARDWIRE_SHARED)');

t.test('every shared capture runs through the whole sensor', { skip: shared === null, timeout: 600_000 }, async (t) => {
  const rows = readManifest(shared as string);
  const config = defaultConfig();
  let ran = 0;
  let refused = 0;
  for (const col of rows) {
    const file = join(shared as string, 'pcaps', col('file'));
    try {
      const replay = new Replay(
        assembleSpec(config, { kind: 'files', files: [file], speed: 'max' }, { modelDir: null }),
        {
          verdict: () => undefined,
        },
      );
      const s = await replay.run();
      ran++;
      if (s.internalErrors > 0) t.fail(`${col('file')}: ${replay.pipeline.fence.last}`);
      // where no tool could name the file type, the count is ours alone
      const packets = col('filetype') === '' ? '' : col('packets');
      if (packets !== '' && s.packets !== Number(packets))
        t.fail(`${col('file')}: ${s.packets} packets, not ${packets}`);
    } catch (error) {
      if (!(error instanceof WardwireError) || error.code !== 'file') throw new Error(col('file'), { cause: error });
      // only what capinfos cannot open either may be refused
      if (col('filetype') !== '') t.fail(`${col('file')}: refused: ${error.message}`);
      refused++;
    }
  }
  t.comment(`${ran} captures ran, ${refused} refused with a clear error`);
  t.equal(ran + refused, rows.length);
});

t.test('benign medical captures give nothing above low', { skip: shared === null }, async (t) => {
  const dir = join(shared as string, 'pcaps', 'medical-made');
  const benign = [
    'dicom_dcmtk_echo_p104.pcap',
    'dicom_dcmtk_mwl_p1070.pcap',
    'dicom_dcmtk_store_mixed_p104.pcap',
    'dicom_gdcm_p11112.pcap',
    'dicom_dcmtk_compressed_p4242.pcap',
    'dicom_orthanc_qr_commit_p4242.pcap',
    'dicom_dcmtk_bulk_concurrent_p104.pcap',
    'hl7_pyhl7_fhirconverter_p2575.pcap',
    'hl7_pyhl7_pcd01_devices_p6661.pcap',
    'hl7_pyhl7_lossy_p6661.pcap',
    'hl7_simplehl7_nak_p3000.pcap',
  ]; // prettier-ignore
  for (const name of benign) {
    const loud: string[] = [];
    const replay = new Replay(
      assembleSpec(defaultConfig(), { kind: 'files', files: [join(dir, name)], speed: 'max' }, { modelDir: null }),
      {
        verdict: (v) => {
          if (v.severity !== 'info' && v.severity !== 'low')
            loud.push(`${v.scenario} ${v.severity} ${v.reasons[0]?.text}`);
        },
      },
    );
    await replay.run();
    t.same(loud, [], name);
  }
});
