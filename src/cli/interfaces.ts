import { ExitCode } from '../core/index.js';
import { listInterfaces } from '../runtime/index.js';
import type { Command } from './command.js';

interface Args {
  json?: boolean;
}

export const interfacesCommand: Command<Args> = {
  name: 'interfaces',
  text: 'List the interfaces that can be captured from',
  options: (y) => y.option('json', { type: 'boolean', default: false, describe: 'as JSON' }),
  async run(args, output) {
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
