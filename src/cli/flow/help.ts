import type { Command } from "commander";
import { print } from "../command.ts";
import { printable } from "../text.ts";
import { loadFlow } from "./load.ts";
import { paramLines } from "./params.ts";

/** What a command that takes a flow's params knows of its help. */
export interface HelpOptions {
  readonly help?: true;
  readonly flow?: string;
}

/** Which steps of a flow. */
export interface PartOptions {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly tags?: readonly string[];
}

/** Gives a command the options that name a part of a flow. */
export function parted(command: Command): Command {
  return command
    .option("--from <steps>", "only these steps and those below them; a param of that name stands after --", names)
    .option("--to <steps>", "only these steps and those above them", names)
    .option("--tags <tags>", "only steps with one of these tags", names);
}

/** `load,fit` */
function names(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}

/** Gives a command a file and a help that tells its flow's params too. */
export function helped(command: Command, file = "a .ts, .js or .ipynb file that defines it"): Command {
  return command
    .helpOption(false)
    .argument("[file]", file)
    .usage("[options] <file> [params...]")
    .option("-h, --help", "display help; behind a file that of its flow's params too");
}

/** Shows the help of a command, with the params of the file's flow; without a file, and not asked for, it is an error. */
export async function flowHelp(command: Command, file: string | undefined, options: HelpOptions): Promise<void> {
  if (!options.help) command.error("error: missing required argument 'file'");
  print(command.helpInformation());
  if (file === undefined) return;
  const { plan } = await loadFlow({ file, name: options.flow });
  const lines = paramLines(plan);
  const head = lines.length === 0 ? "has no params" : "takes, with these defaults:";
  print(`\n${[`${plan.name} ${head}`, ...lines].map(printable).join("\n")}\n`);
}
