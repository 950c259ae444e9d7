import t from 'tap';
import { createMetrics } from '../../src/ops/index.js';
import { FAULTS } from '../../src/publish/index.js';

t.test('sinks by name, their faults by reason, every broker for the word connected', async (t) => {
  const metrics = await createMetrics({ version: '1', budgets: {} });
  const sink = (name: string, connected: boolean, faults: Record<string, number>) => ({
    ...{ name, connected, faults, inFlight: 0, queued: 7, published: 3, failures: 2 },
  });
  const state = {
    sinks: [sink('mqtt', true, { access_list: 1, certificate_expired: 1 }), sink('mqtt-siem', false, {})],
    ...{ connected: false, inFlight: 0, queued: 14, published: 6, failures: 4, dropped: 0, undeclared: 5 },
  };
  metrics.watch(
    () => state,
    () => ({ up: true, restarts: 0 }),
    () => ({ bytes: 0, limitBytes: 0, waiting: 0, writable: false, oldestMs: 1.7e12, dropped: {}, expired: 0 }),
  );
  metrics.acknowledged('mqtt', 4000);
  metrics.acknowledged('syslog', 4000);
  const text = await metrics.text();
  t.notMatch(text, /mqtt_ack_seconds.*syslog/);
  for (const line of [
    'wardwire_sink_faults_total{sink="mqtt",reason="access_list"} 1',
    'wardwire_sink_faults_total{sink="mqtt",reason="certificate_expired"} 1',
    'wardwire_sink_connected{sink="mqtt-siem"} 0',
    'wardwire_sink_queued{sink="mqtt-siem"} 7',
    '# TYPE wardwire_sink_published_total counter',
    'wardwire_sink_published_total{sink="mqtt"} 3',
    '# TYPE wardwire_sink_failures_total counter',
    'wardwire_sink_failures_total{sink="mqtt-siem"} 2',
    'wardwire_publish_undeclared_fields_total 5',
    'wardwire_mqtt_connected 0',
    'wardwire_spool_oldest_timestamp_seconds 1700000000',
    'wardwire_mqtt_ack_seconds_count{sink="mqtt"} 1',
    'wardwire_mqtt_ack_seconds_bucket{le="0.005",sink="mqtt"} 1',
    'wardwire_mqtt_ack_seconds_bucket{le="0.0025",sink="mqtt"} 0',
  ])
    t.ok(text.split('\n').includes(line), line);
  state.sinks[1] = sink('mqtt-siem', true, {});
  t.match(await metrics.text(), /^wardwire_mqtt_connected 1$/m);
  t.ok(FAULTS.every((f) => /^[a-z_]+$/.test(f)) && FAULTS.length < 30, 'reasons are few words');
});
