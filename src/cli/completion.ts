import { ExitCode } from '../core/index.js';
import type { Command } from './command.js';

interface Args {
  shell?: string;
}

/** The word after which the program itself answers what fits (see `main`). */
export const COMPLETE = '--get-yargs-completions';

const BASH = `# bash completion for wardwire, as \`wardwire completion bash\` prints it
_wardwire() {
  local word=\${COMP_WORDS[COMP_CWORD]} IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(SHELL=/bin/bash ZSH_NAME= wardwire ${COMPLETE} "\${COMP_WORDS[@]}" 2> /dev/null)" -- "$word"))
}
complete -o default -o bashdefault -F _wardwire wardwire
`;

const ZSH = `#compdef wardwire
# zsh completion for wardwire, as \`wardwire completion zsh\` prints it
_wardwire() {
  local -a answers
  answers=("\${(@f)$(SHELL=/bin/zsh ZSH_NAME=zsh wardwire ${COMPLETE} "\${words[@]}" 2> /dev/null)}")
  _describe 'wardwire' answers || _files
}
if [ "$funcstack[1]" = _wardwire ]; then
  _wardwire "$@"
else
  compdef _wardwire wardwire
fi
`;

export const completionCommand: Command<Args> = {
  name: 'completion [shell]',
  text: 'Print the completion script of a shell; the package installs both',
  options: (y) =>
    y
      .positional('shell', { choices: ['bash', 'zsh'] as const, default: 'bash', describe: 'which shell' })
      .example('source <($0 completion bash)', 'for this shell, now')
      .example('$0 completion zsh > ~/.zfunc/_wardwire', 'for zsh, in a folder of its fpath'),
  async run(args, output) {
    output.out((args.shell === 'zsh' ? ZSH : BASH).trimEnd());
    return ExitCode.Ok;
  },
};
