import t from 'tap';
import { AppProto } from '../../../src/core/index.js';
import { signatureOf } from '../../../src/protocols/services/signatures.js';

const of = (text: string, port = 5000, responder = false): string => {
  const b = Buffer.from(`??${text}`, 'latin1');
  const found = signatureOf(b, 2, b.length, responder, port);
  return found === null ? '' : `${found.app} ${found.version}`.trim();
};

t.test('services by their first octets', (t) => {
  const cases: [string, number, number, string?][] = [
    ['GET / HTTP/1.1\r\n', 80, AppProto.Http],
    ['OPTIONS * HTTP/1.1\r\n', 80, AppProto.Http],
    ['HTTP/1.0 200 OK\r\n', 80, AppProto.Http],
    ['PRI * HTTP/2.0\r\n', 443, AppProto.Http, '2'],
    // a client of a camera begins with OPTIONS too (RFC 7826 13.1)
    ['OPTIONS rtsp://10.0.0.9/stream RTSP/1.0\r\n', 554, AppProto.Rtsp],
    ['DESCRIBE rtsp://10.0.0.9/ RTSP/1.0\r\n', 554, AppProto.Rtsp],
    ['RTSP/1.0 200 OK\r\n', 554, AppProto.Rtsp],
    ['SSH-2.0-OpenSSH_9\r\n', 22, AppProto.Ssh, '2.0'],
    ['RFB 003.008\n', 5900, AppProto.Vnc, '003.008'],
    ['@PJL INFO ID\r\n', 9100, AppProto.Jetdirect],
    ['H|\\^&|||', 4000, AppProto.Astm],
    ['<HEL.R01>', 4000, AppProto.Poct1a],
    ['{"id":1,"method":"mining.subscribe","params":[]}\n', 3333, AppProto.Stratum],
  ];
  for (const [text, port, app, version] of cases)
    t.equal(of(text, port), `${app} ${version ?? ''}`.trim(), text.slice(0, 24));
  t.equal(of('220 ready\r\n', 21, true), String(AppProto.Ftp), 'a greeting of an FTP server');
  t.end();
});

t.test('a beginning cut short or changed by one octet names nothing', (t) => {
  for (const text of ['GET ', 'SSH-2.0', 'RFB 00', 'RTSP/1.0', 'DESCRIBE rtsp', 'PRI * HTTP/2.0', '<HEL.R01']) {
    for (let n = 0; n < text.length; n++) t.equal(of(text.slice(0, n)), '', `${n} octets of ${text}`);
    for (let i = 0; i < Math.min(3, text.length); i++) {
      t.equal(of(`${text.slice(0, i)}\x01${text.slice(i + 1)}`), '', `octet ${i} of ${text}`);
    }
  }
  t.end();
});
