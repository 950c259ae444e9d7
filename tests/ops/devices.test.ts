import t from 'tap';
import { FIGURE_FEATURES } from '../../src/core/index.js';
import { renderDevices } from '../../src/ops/devices.js';
import { Told } from '../../src/ops/told.js';
import { someDevice } from '../support/some-device.js';
import { someVerdict } from '../support/some-verdict.js';

t.test('score, features and verdicts of a device, and only of as many as allowed', async (t) => {
  const told = new Told();
  const positions = new Float32Array(FIGURE_FEATURES.length).fill(Number.NaN);
  positions[0] = 1.5;
  const figures = {
    devices: new Map(['a', 'b'].map((device) => [device, { device, score: 0.125, positions }])),
    links: new Map(),
  };
  const about = (id: string) => ({ ...someVerdict().device, id });
  told.take(someVerdict('x', { device: about('a'), severity: 'critical' }), 5000);
  told.take(someVerdict('y', { device: about('a'), severity: 'low' }), 7000);
  const devices = [someDevice('b'), someDevice('a', { criticality: 'life-critical' }), someDevice('c')];
  const text = [...renderDevices(devices, { max: 10, featureDevices: 1 }, { figures, told })].join('');
  const lines = text.split('\n');
  for (const line of [
    '# TYPE wardwire_device_verdicts_total counter',
    'wardwire_device_verdicts_total{device="a"} 2',
    'wardwire_device_verdicts_total{device="c"} 0',
    'wardwire_device_last_verdict_timestamp_seconds{device="a",severity="critical"} 5',
    'wardwire_device_last_verdict_timestamp_seconds{device="a",severity="low"} 7',
    'wardwire_device_anomaly_score_ratio{device="a"} 0.125',
    'wardwire_device_anomaly_score_ratio{device="b"} 0.125',
    'wardwire_device_feature_position_ratio{device="a",feature="pkts_out_rate"} 1.5',
  ])
    t.ok(lines.includes(line), line);
  t.notMatch(text, /anomaly_score_ratio\{device="c"/, 'no model, no score');
  t.equal(text.match(/^wardwire_device_feature_position_ratio/gm)?.length, 1, 'of the most critical alone');
  t.notMatch(text, /NaN/);
});
