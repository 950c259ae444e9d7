import { WardwireError } from '../core/index.js';
import { defaultConfig, embeddedConfig, readConfig, runDaemon, type SourceSpec } from '../runtime/index.js';
import { type Command, parseSpeed, single } from './command.js';

interface Args {
  config?: string | string[];
  interface?: string | string[];
  embedded?: boolean;
  replay?: string | string[];
  speed?: string | string[];
  data?: string | string[];
}

export const runCommand: Command<Args> = {
  name: 'run',
  text: 'Watch an interface and publish verdicts',
  options: (y) =>
    y
      .option('config', { type: 'string', describe: 'configuration file' })
      .option('interface', { type: 'string', alias: 'i', describe: 'interface to capture from (overrides the file)' })
      .option('embedded', {
        type: 'boolean',
        default: false,
        describe: 'own broker and metrics endpoint on loopback, bundled capture unless --interface is given',
      })
      .option('replay', { type: 'string', describe: 'with --embedded: this capture instead of the bundled one' })
      .option('speed', {
        type: 'string',
        default: 'recorded',
        describe: 'pace of a replayed capture: max, recorded or a factor',
      })
      .option('data', { type: 'string', describe: 'with --embedded: folder for its data', default: 'data' })
      .example('$0 run --config /etc/wardwire/wardwire.yaml', 'as the service does')
      .example('$0 run --embedded --interface eth1', 'try it on a mirror port without a broker of your own')
      .epilogue(
        'Capturing needs CAP_NET_RAW: run as root, or grant it once with\n  setcap cap_net_raw+ep "$(command -v node)"',
      ),
  async run(args, output) {
    const iface = single('interface', args.interface);
    const configPath = single('config', args.config);
    const capture = single('replay', args.replay);
    if (args.embedded) {
      if (configPath !== undefined)
        throw new WardwireError('usage', '--embedded brings its own configuration; leave --config out');
      const embedded = embeddedConfig({
        dataDir: single('data', args.data) ?? 'data',
        interface: iface ?? null,
        capture: capture ?? null,
        speed: parseSpeed(single('speed', args.speed) ?? 'recorded'),
      });
      return runDaemon({ ...embedded, embedded: true, output });
    }
    if (capture !== undefined)
      throw new WardwireError('usage', '--replay goes with --embedded; else use wardwire replay');
    const config = configPath === undefined ? defaultConfig() : readConfig(configPath);
    const name = iface ?? config.settings.capture.interface;
    if (name === '') {
      throw new WardwireError('usage', 'no interface to capture from: give --interface or set capture.interface');
    }
    const source: SourceSpec = { kind: 'live', interface: name };
    return runDaemon({ config, source, embedded: false, output });
  },
};
