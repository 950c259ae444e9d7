import fc from 'fast-check';
import t from 'tap';
import { deviceTopic, mqttIdentity, verdictTopic } from '../../../src/publish/index.js';
import { someVerdict } from '../../support/some-verdict.js';
import { wildText } from '../../support/wild.js';

const LEVEL = /^[a-z0-9._-]{1,64}$/;

t.test('no name of the traffic or of the site makes a level, a wildcard or a word of the broker', async (t) => {
  fc.assert(
    fc.property(wildText, wildText, wildText, wildText, (site, name, type, id) => {
      const { topic } = mqttIdentity({ client_id: '' }, { site, name });
      const root = topic.join('/');
      const v = someVerdict('x', { device: { ...someVerdict().device, type, id } });
      const levels = verdictTopic(root, v).split('/');
      if (levels.length !== 8) throw new Error(levels.join('/'));
      if (!levels.every((l) => LEVEL.test(l))) throw new Error(levels.join('/'));
      if (levels.slice(0, 2).join('/') !== 'wardwire/v1' || levels[4] !== 'verdict' || levels[5] !== 'critical')
        throw new Error(levels.join('/'));
      const device = deviceTopic(root, id).split('/');
      if (device.length !== 6 || device[4] !== 'device' || device[5] !== levels[7]) throw new Error(device.join('/'));
    }),
    { numRuns: 3000 },
  );
  t.equal(
    verdictTopic('wardwire/v1/ward/icu-1', someVerdict()),
    'wardwire/v1/ward/icu-1/verdict/critical/ventilator/mac-0030e6000001',
  );
});
