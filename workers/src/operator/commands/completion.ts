import { type Command, EXIT, UsageFault } from '../command.ts'

/** Words that a command begins with, beside its options. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  key: ['create'],
  events: ['tail'],
  export: ['ledger', 'evidence', 'catalogue'],
  completion: ['bash', 'zsh', 'fish'],
}

/** `commands`: asked for when it runs, because this is one of them. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: 'what makes a shell complete commands and options: bash, zsh or fish',
    help: `npm run meterbook -- completion bash|zsh|fish

Prints a script for the shell to read. It completes the word meterbook, which you give a meaning once:

  alias meterbook='npm --prefix /path/to/the/checkout run --silent meterbook --'
  eval "$(meterbook completion bash)"              in ~/.bashrc
  eval "$(meterbook completion zsh)"               in ~/.zshrc, after compinit
  meterbook completion fish | source               in ~/.config/fish/config.fish

Exit: 0 it is printed, 2 the shell is not one of these.`,
    options: {},
    wordsMax: 1,
    async run({ print }, _values, [shell]) {
      const words = commands().map((command) => ({
        name: command.name,
        summary: command.summary,
        words: [
          ...(VERBS[command.name] ?? []),
          ...[...Object.keys(command.options), 'json', 'help'].map((name) => `--${name}`),
        ],
      }))
      if (shell === 'bash') print(bash(words))
      else if (shell === 'zsh') print(`autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`)
      else if (shell === 'fish') print(fish(words))
      else throw new UsageFault(`expected bash, zsh or fish, found ${JSON.stringify(shell ?? '')}`)
      return EXIT.well
    },
  }
}

type Words = { name: string; summary: string; words: readonly string[] }

function bash(commands: readonly Words[]): string {
  const cases = commands.map(({ name, words }) => `    ${name}) words='${words.join(' ')}' ;;`)
  return [
    '_meterbook() {',
    '  local words',
    '  case "$' + '{COMP_WORDS[1]}" in',
    ...cases,
    "    *) words='' ;;",
    '  esac',
    `  if [ "$COMP_CWORD" -eq 1 ]; then words='${commands.map(({ name }) => name).join(' ')} --help'; fi`,
    '  COMPREPLY=($(compgen -W "$words" -- "$' + '{COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _meterbook meterbook',
  ].join('\n')
}

function fish(commands: readonly Words[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  return commands
    .flatMap(({ name, summary, words }) => [
      `complete -c meterbook -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...words.map((word) => {
        const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`
        return `complete -c meterbook -n '__fish_seen_subcommand_from ${name}' ${what}`
      }),
    ])
    .join('\n')
}
