// The manual page, put together from the program's own help: it cannot say what the program does not.

const escaped = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replace(/^([.'])/gm, '\\&$1')
    .replaceAll('-', '\\-');

const EXIT = [
  ['0', 'done'],
  ['1', 'failed while running'],
  ['2', 'wrong usage'],
  ['70', 'internal error'],
  ['77', 'not permitted: capturing needs CAP_NET_RAW'],
  ['78', 'the configuration has errors; every one is named'],
];

/** man(7) source. `say` runs the program with arguments and answers what it prints. */
export function manual(say, version, date) {
  const general = say('--help');
  const commands = [...general.matchAll(/^ {2}wardwire ([a-z-]+)[ <[]*.*?$/gm)].map((m) => m[1]);
  const day = new Date(date * 1000).toISOString().slice(0, 10);
  const out = [
    `.TH WARDWIRE 1 "${day}" "wardwire ${version}" "User Commands"`,
    '.SH NAME',
    'wardwire \\- passive network sensor for hospital device networks',
    '.SH SYNOPSIS',
    '.B wardwire',
    '.I command',
    '[\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    'Watches a mirror port, decodes DICOM and HL7, learns what each device normally does and publishes explained verdicts over',
    'MQTT. It never sends a packet into the watched network and never acts on a device.',
    '.SH COMMANDS',
  ];
  for (const name of new Set(commands)) {
    out.push(`.SS ${name}`, '.nf', escaped(say(name, '--help').trimEnd()), '.fi');
  }
  out.push('.SH EXIT STATUS');
  for (const [code, text] of EXIT) out.push('.TP', `.B ${code}`, text);
  out.push(
    '.SH SIGNALS',
    'Of a running \\fBwardwire run\\fR:',
    '.TP',
    '.B SIGTERM, SIGINT',
    'drains what is owed and ends within ten seconds',
    '.TP',
    '.B SIGHUP',
    'reads the settings again, as \\fBwardwire reload\\fR does; no packet is lost, with an error those before stay in force',
    '.TP',
    '.B SIGUSR1',
    'writes its state to \\fIstate.json\\fR beside the verdict log',
    '.SH ENVIRONMENT',
    '.TP',
    '.B CREDENTIALS_DIRECTORY',
    'where systemd lays the secrets that settings name as \\fIcredential:NAME\\fR',
    '.SH FILES',
    '.TP',
    '.I /etc/wardwire/wardwire.yaml',
    'settings; \\fBwardwire check\\-config\\fR judges them',
    '.TP',
    '.I /etc/wardwire/credentials',
    'secrets, which systemd hands to the service alone',
    '.TP',
    '.I /run/wardwire/control.sock',
    'socket of status, tail and reload, for root and the user of the service',
    '.TP',
    '.I /var/lib/wardwire',
    'verdicts, devices, models, captures and the site key',
    '.SH SEE ALSO',
    '.BR mosquitto (8),',
    '.BR prometheus (1)',
    '',
  );
  return out.join('\n');
}
