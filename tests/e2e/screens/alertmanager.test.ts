import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { receiver } from '../../support/http-receiver.js';
import { MailSink } from '../../support/mail-sink.js';
import { Alertmanager, skipWithout } from '../../support/prometheus.js';
import { until } from '../../support/until.js';
import { projectRoot } from '../../support/wardwire.js';

// The shipped Alertmanager configuration, judged by amtool and run by Alertmanager itself against a local mail server and a
// local HTTP receiver for Slack and the text message gateway.
t.setTimeout(120_000);
const shipped = join(projectRoot(), 'config', 'alertmanager', 'alertmanager.yml');

const device = (device_type: string, criticality: string, severity: string): Record<string, string> => ({
  ...{ subject: 'device', device_type, criticality, severity },
});

t.test('amtool: the configuration, and who hears of what', async (t) => {
  if (skipWithout(t, 'amtool')) return;
  const check = spawnSync('amtool', ['check-config', shipped], { encoding: 'utf8' });
  t.equal(check.status, 0, check.stderr);
  for (const [receiver, labels] of [
    ['bedside', device('ventilator', 'life-critical', 'critical')],
    ['bedside', device('patient-monitor', 'high', 'critical')],
    ['security', device('ventilator', 'life-critical', 'warning')],
    ['imaging', device('ct-scanner', 'medium', 'critical')],
    ['imaging', device('pacs', 'medium', 'warning')],
    ['security', device('workstation', 'low', 'critical')],
    ['on-call', { subject: 'sensor', severity: 'critical' }],
    ['operations', { subject: 'sensor', severity: 'warning' }],
    ['operations', { subject: 'sensor', severity: 'info' }],
    ['nobody', { subject: 'meta', severity: 'none' }],
  ] as const) {
    const words = Object.entries(labels).map(([k, v]) => `${k}=${v}`);
    const args = ['config', 'routes', 'test', `--config.file=${shipped}`, `--verify.receivers=${receiver}`, ...words];
    const r = spawnSync('amtool', args, { encoding: 'utf8' });
    t.equal(r.status, 0, `${words.join(' ')} → ${receiver}: ${r.stdout}${r.stderr}`);
  }
});

t.test('delivered by mail, to Slack and as a text message; held back under a sensor that is down', async (t) => {
  if (skipWithout(t, 'prometheus-alertmanager')) return;
  const mail = new MailSink();
  const http = await receiver(t);
  http.answer = () => ({ status: 200, body: 'ok' });
  const smtp = await mail.start();
  t.teardown(() => mail.close());
  const manager = await Alertmanager.start(t, { smtp, http: http.port });
  const critical = (
    instance: string,
    id: string,
  ): { labels: Record<string, string>; annotations: Record<string, string> } => ({
    labels: {
      ...device('ventilator', 'life-critical', 'critical'),
      ...{ alertname: 'WardwireCriticalVerdict', job: 'wardwire', instance, device: id, name: 'Bed 1' },
    },
    annotations: { summary: `Critical verdict about Bed 1 of ${instance}`, description: 'Safe next step: read it.' },
  });
  const sensor = (alertname: string, severity: string): { labels: Record<string, string> } => ({
    labels: { alertname, severity, subject: 'sensor', job: 'wardwire', instance: 'blind:9844' },
  });
  await manager.post([sensor('WardwireSensorDown', 'critical')]);
  await manager.post([
    sensor('WardwireThreadStalled', 'critical'),
    sensor('WardwireBrokerAway', 'warning'),
    critical('blind:9844', 'mac-2'),
    critical('seeing:9844', 'mac-1'),
  ]);
  const slack = () => http.got.filter((r) => r.path.startsWith('/services/'));
  const sms = () => http.got.filter((r) => r.path.startsWith('/alertmanager'));
  await until(
    'all three ways',
    () => mail.got.some((m) => m.includes('seeing')) && slack().length > 0 && sms().length > 1,
    20_000,
  );
  await until('the sensor that is down', () => mail.got.some((m) => m.includes('WardwireSensorDown')), 20_000);
  // what is held back would have come by now
  await new Promise((r) => setTimeout(r, 2500));

  t.match(slack()[0].body.toString(), /"title":"WardwireCriticalVerdict: Critical verdict about Bed 1 of seeing:9844"/);
  t.match(slack()[0].body.toString(), /Safe next step: read it/);
  const texts = sms().map(
    (r) => JSON.parse(r.body.toString()) as { version: string; alerts: { labels: Record<string, string> }[] },
  );
  t.ok(
    texts.every((x) => x.version === '4'),
    'the webhook of version 4',
  ); // prettier-ignore
  t.same(
    texts.flatMap((x) => x.alerts.map((a) => `${a.labels.alertname} ${a.labels.instance}`)).sort(),
    ['WardwireCriticalVerdict seeing:9844', 'WardwireSensorDown blind:9844'],
    'a text message each, none for what follows from the sensor being down',
  );
  const mails = mail.got.join('\n');
  t.match(mails, /WardwireCriticalVerdict/);
  t.match(mails, /To: biomed@example\.org/);
  t.notMatch(mails, /WardwireThreadStalled|WardwireBrokerAway|mac-2/);
  const states = await manager.alerts();
  for (const a of states) {
    const own = a.labels.instance === 'seeing:9844' || a.labels.alertname === 'WardwireSensorDown';
    t.equal(a.status.state, own ? 'active' : 'suppressed', `${a.labels.alertname} ${a.labels.instance}`);
    t.equal(a.status.inhibitedBy.length, own ? 0 : 1);
  }
});
