import { cloudStatus } from "../../version/index.ts";
import { print, printJson } from "../command.ts";
import { dvcProject, shownPath } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { type SyncFlags, syncChoice } from "./sync-options.ts";

export interface CloudStatusFlags extends SyncFlags {
  readonly json?: true;
}

/**
 * `stemma status -c` and `status -r NAME`.
 *
 * @returns whether something differs
 */
export async function printCloudStatus(targets: readonly string[], flags: CloudStatusFlags): Promise<boolean> {
  const project = dvcProject();
  const { remote, changes } = await cloudStatus(project, syncChoice(targets, flags));
  const shown = changes.map(({ path, state }) => [shownPath(project, path), state] as const);
  if (flags.json === true) printJson(Object.fromEntries(shown));
  else if (flags.quiet === true) return shown.length > 0;
  else if (shown.length === 0) print(`Cache and remote '${remote}' are in sync.\n`);
  else print(shown.map(([path, state]) => `\t${`${state}:`.padEnd(20)}${printable(path)}\n`).join(""));
  return shown.length > 0;
}
