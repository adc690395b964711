import { StemmaError } from "../../error.ts";
import { baselineNamesOf, type Experiment, listExperiments } from "../../pipeline/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { dvcProject, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { type ChoiceFlags, choiceOf, choiceOptions } from "./choice.ts";

interface Flags extends ChoiceFlags {
  readonly nameOnly?: true;
  readonly namesOnly?: true;
  readonly shaOnly?: true;
  readonly shasOnly?: true;
  readonly json?: true;
}

/** `stemma exp list` */
export const registerList: Register = (exp) => {
  choiceOptions(verb(exp, "list", "List experiments, of this repository or of another").alias("ls"), "list")
    .argument("[git_remote]", "name or address of a git repository; this one without it")
    .option("--name-only", "only names")
    .option("--names-only", "the same")
    .option("--sha-only", "only commits")
    .option("--shas-only", "the same")
    .option("--json", "as JSON")
    .action(list);
};

function list(remote: string | undefined, flags: Flags): void {
  const names = flags.nameOnly === true || flags.namesOnly === true;
  const shas = flags.shaOnly === true || flags.shasOnly === true;
  if (shas && remote !== undefined)
    throw new StemmaError("INVALID_ARGUMENT", "--sha-only not supported with git_remote.");
  const project = dvcProject();
  const found = listExperiments(project, choiceOf(flags), remote ?? null);
  if (flags.json === true) printJson(found);
  else if (names) print(found.map(({ name }) => `${printable(name)}\n`).join(""));
  else if (shas) print(found.map(({ commit }) => `${commit}\n`).join(""));
  else print(grouped(found, { known: baselineNamesOf(project), remote: remote !== undefined }));
}

function grouped(
  found: readonly Experiment[],
  { known, remote }: { readonly known: ReadonlyMap<string, string>; readonly remote: boolean },
): string {
  const baselines = [...new Set(found.map(({ baseline }) => baseline))];
  const line = ({ name, commit }: Experiment): string =>
    remote ? `\t${printable(name)}\n` : `\t${commit.slice(0, 7)} [${printable(name)}]\n`;
  return baselines
    .map((baseline) => {
      const own = found.filter((one) => one.baseline === baseline);
      return `${printable(known.get(baseline) ?? baseline.slice(0, 7))}:\n${own.map(line).join("")}`;
    })
    .join("");
}
