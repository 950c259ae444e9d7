import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readYaml } from '../../src/config/index.js';
import { readWebConfig } from '../../src/ops/web-config.js';
import { Authority, skipWithoutOpenssl } from '../support/certificates.js';
import { haveProgram } from '../support/namespace.js';
import { temporaryFolder } from '../support/wardwire.js';

const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';
const TLS = 'tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n';

t.test('a whole file, paths beside it', async (t) => {
  if (skipWithoutOpenssl(t)) return;
  const dir = temporaryFolder(t);
  new Authority(dir).issue('server');
  const path = join(dir, 'web.yml');
  writeFileSync(
    path,
    `${TLS}  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [127.0.0.1]\n  min_version: TLS13\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]\n  curve_preferences: [X25519, CurveP256]\nhttp_server_config:\n  http2: false\n  headers:\n    X-Frame-Options: deny\nbasic_auth_users:\n  prometheus: ${HASH}\nrate_limit:\n  interval: 500ms\n  burst: 20\n`,
  );
  const { config, problems } = readWebConfig(path, readYaml);
  t.same(problems, []);
  t.match(config, {
    tls: {
      cert: { file: join(dir, 'server.pem') },
      ca: { file: join(dir, 'ca.pem') },
      clientAuth: 'RequireAndVerifyClientCert',
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      curves: 'X25519:prime256v1',
    },
    headers: { 'X-Frame-Options': 'deny' },
    limit: { intervalMs: 500, burst: 20 },
  });
  t.equal(config.users.get('prometheus'), HASH);
});

t.test('mistakes, each with its place: the same files that promtool refuses', async (t) => {
  if (skipWithoutOpenssl(t)) return;
  const dir = temporaryFolder(t);
  new Authority(dir).issue('server');
  const path = join(dir, 'web.yml');
  const promtool = haveProgram('promtool');
  if (!promtool) t.comment('SKIPPED LOUDLY: promtool is not installed');
  // the third says whether Debian's promtool knows the rule as well
  const cases: readonly [string, RegExp | null, boolean][] = [
    ['', null, true],
    [TLS, null, true],
    [`basic_auth_users:\n  p: ${HASH}\n`, null, true],
    [`${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n`, null, true],
    ['basic_auth_users:\n  p: secret\n', /basic_auth_users\.p \(web\.yml line 2\): is no bcrypt hash/, true],
    ['basic_auth_user:\n  p: x\n', /basic_auth_user \(web\.yml line 1\): is not known here \(did you mean/, true],
    [`${TLS}  keyfile: x\n`, /tls_server_config\.keyfile \(web\.yml line 4\)/, true],
    ['tls_server_config:\n  cert_file: server.pem\n', /key_file .*: is missing/, true],
    ['tls_server_config:\n  cert_file: no.pem\n  key_file: server.key\n', /no\.pem does not exist/, true],
    [`${TLS}  client_auth_type: Please\n`, /client_auth_type .*Please is not one of NoClientCert/, true],
    [`${TLS}  client_ca_file: ca.pem\n`, /client_ca_file .*no client certificate is asked for/, true],
    [`${TLS}  client_auth_type: RequireAndVerifyClientCert\n`, /client_ca_file .*is needed/, false],
    [`${TLS}  min_version: TLS14\n`, /min_version .*TLS14 is not one of TLS10/, true],
    [`${TLS}  cipher_suites: [RC4]\n`, /cipher_suites .*RC4/, true],
    ['http_server_config:\n  headers:\n    X-Frame-Options: maybe\n', /X-Frame-Options .*line 3/, true],
    ['http_server_config:\n  headers:\n    Server: me\n', /Server .*is not known here/, true],
    ['rate_limit:\n  interval: soon\n', /rate_limit\.interval .*soon is no duration/, false],
    ['- a\n', /must be a map/, true],
    ['a: [\n', /line/, true],
  ];
  for (const [text, expected, known] of cases) {
    writeFileSync(path, text);
    const { problems } = readWebConfig(path, readYaml);
    const said = problems.map((p) => `${p.path}: ${p.text}${p.hint ? ` (${p.hint})` : ''}`).join('\n');
    if (expected === null) t.equal(said, '', text);
    else t.match(said, expected, text);
    if (!promtool || !known) continue;
    const r = spawnSync('promtool', ['check', 'web-config', path], { encoding: 'utf8' });
    t.equal(r.status === 0, expected === null, `promtool: ${text} ${r.stdout}${r.stderr}`);
  }
  t.match(readWebConfig(join(dir, 'none.yml'), readYaml).problems, [{ text: /cannot be read/ }]);
});
