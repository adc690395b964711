import { type Command, Option } from "commander";
import { print, type Register } from "../command.ts";

/** `stemma completion` */
export const registerCompletion: Register = (program) => {
  program
    .command("completion")
    .description('Print what completes stemma\'s commands and options: eval "$(stemma completion -s bash)"')
    .addOption(new Option("-s, --shell <shell>", "the shell").choices(["bash", "zsh"]).default("bash"))
    .action(({ shell }: { readonly shell: "bash" | "zsh" }) => {
      print(shell === "bash" ? bash(linesOf(program)) : zsh(linesOf(program)));
    });
};

/** A command by its words, and what may stand behind it. */
interface Line {
  readonly path: string;
  readonly words: readonly string[];
}

/** Every command of the program, from the one that is called. */
function linesOf(command: Command, path = ""): readonly Line[] {
  const inner = command.commands.filter((one) => one.name() !== "git-hook");
  const options = command.options.flatMap(({ short, long }) => [short, long]).filter((name) => name != null);
  const words = [...inner.flatMap((one) => [one.name(), ...one.aliases()]), ...options, "--help"];
  return [
    { path, words },
    ...inner.flatMap((one) =>
      [one.name(), ...one.aliases()].flatMap((name) => linesOf(one, path === "" ? name : `${path} ${name}`)),
    ),
  ];
}

function cases(lines: readonly Line[]): string {
  return lines.map(({ path, words }) => `    "${path}") echo "${words.join(" ")}" ;;`).join("\n");
}

// Words as far as they name a command decide; macOS' bash 3.2 has no associative arrays.
function shared(lines: readonly Line[]): string {
  return `_stemma_words() {
  case "$1" in
${cases(lines)}
    *) return 1 ;;
  esac
}
_stemma_command() {
  local path="" word
  for word in "$@"; do
    case "$word" in -*) continue ;; esac
    if _stemma_words "\${path:+$path }$word" >/dev/null; then path="\${path:+$path }$word"; fi
  done
  echo "$path"
}
`;
}

function bash(lines: readonly Line[]): string {
  return `${shared(lines)}_stemma() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  local words
  words="$(_stemma_words "$(_stemma_command "\${COMP_WORDS[@]:1:COMP_CWORD-1}")")"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$current" in -*) ;; *) COMPREPLY+=($(compgen -f -- "$current")) ;; esac
}
complete -o filenames -F _stemma stemma
`;
}

function zsh(lines: readonly Line[]): string {
  return `#compdef stemma
${shared(lines)}_stemma() {
  compadd -- \${=$(_stemma_words "$(_stemma_command "\${(@)words[2,CURRENT-1]}")")}
  _files
}
if [ "$funcstack[1]" = "_stemma" ]; then _stemma "$@"; else compdef _stemma stemma; fi
`;
}
