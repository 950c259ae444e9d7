import { ExitCode, WardwireError } from '../core/index.js';
import { checkInterface, interfaceNames, listInterfaces, type NicReport, readConfig } from '../runtime/index.js';
import type { Command } from './command.js';
import type { Output } from './output.js';
import { configPathOf, INSTALLED } from './running.js';

interface Args {
  name?: string;
  check?: boolean;
  config?: string | string[];
  json?: boolean;
}

export const interfacesCommand: Command<Args> = {
  name: 'interfaces [name]',
  text: 'List the interfaces that can be captured from, or check that one is fit for it',
  options: (y) =>
    y
      .positional('name', { type: 'string', describe: 'interface to check; else those the configuration names' })
      .option('check', {
        type: 'boolean',
        default: false,
        describe: 'name each deviation and the command that mends it; exit 1 when there is one',
      })
      .option('config', { type: 'string', describe: `configuration file (default: ${INSTALLED} where there is one)` })
      .option('json', { type: 'boolean', default: false, describe: 'as JSON' })
      .example('$0 interfaces', 'which there are')
      .example('$0 interfaces --check', 'the interfaces the configuration names')
      .example('$0 interfaces --check eth1 --json', 'one interface, for a program'),
  async run(args, output) {
    if (args.check) return check(args, output);
    if (args.name !== undefined) throw new WardwireError('usage', 'an interface name goes with --check');
    const list = await listInterfaces();
    if (args.json) output.out(JSON.stringify(list));
    else {
      for (const i of list) {
        const facts = [i.up ? 'up' : 'down', i.mtu > 0 ? `mtu ${i.mtu}` : '', ...i.addresses, i.description].filter(
          (t) => t !== '',
        );
        output.out(`${i.name.padEnd(16)} ${facts.join(', ')}`);
      }
      if (list.length === 0) output.err('no interfaces found: capturing needs CAP_NET_RAW (see wardwire run --help)');
    }
    return ExitCode.Ok;
  },
};

async function check(args: Args, output: Output): Promise<ExitCode> {
  const path = configPathOf(args);
  const configured = path === undefined ? [] : interfaceNames(readConfig(path).settings.capture.interface);
  const names = args.name === undefined ? configured : [args.name];
  if (names.length === 0)
    throw new WardwireError('usage', 'no interface to check: name one, or set capture.interface and give --config');
  const reports = await Promise.all(names.map((n) => checkInterface(n, configured)));
  if (args.json) output.out(JSON.stringify(reports.map(asJson)));
  else for (const r of reports) lines(r).map((l) => output.out(l));
  return reports.some((r) => r.deviations.length > 0) ? ExitCode.Runtime : ExitCode.Ok;
}

function asJson({ nic, deviations }: NicReport): unknown {
  return { name: nic.name, fit: deviations.length === 0, deviations, facts: nic };
}

function lines({ nic, deviations }: NicReport): string[] {
  if (deviations.length === 0) return [`${nic.name}: fit to capture from`];
  const head = `${nic.name}: ${deviations.length} ${deviations.length === 1 ? 'deviation' : 'deviations'}`;
  return [head, ...deviations.flatMap((d) => [`  ${d.id}: ${d.text}`, ...(d.fix === '' ? [] : [`    ${d.fix}`])])];
}
