import { defineSettings } from '../../core/index.js';
import { FORMATS } from '../formats/index.js';
import { TLS_SETTINGS } from '../tls-settings.js';

export const syslogSettings = defineSettings(
  'syslog',
  'Verdicts by syslog (RFC 5424), for SIEMs without MQTT',
  'live',
  {
    url: {
      type: 'string',
      default: '',
      pattern: '|(udp|tcp|tls)://.+',
      text: 'Receiver, as udp://host:514, tcp://host:601 or tls://host:6514; empty: none. UDP may lose verdicts unnoticed.',
    },
    format: { type: 'enum', values: FORMATS, default: 'cef', text: 'Form of the message.' },
    facility: { type: 'integer', default: 13, min: 0, max: 23, text: 'Facility (RFC 5424 6.2.1); 13 is log audit.' },
    enterprise_id: {
      type: 'integer',
      default: 32473,
      min: 1,
      max: 4294967295,
      text: "Private enterprise number of the structured data; 32473 is the documentation's.",
    },
    ...TLS_SETTINGS,
  },
);
