import type { CommandPlan, Plan, StepPlan } from "../../../flow/index.ts";
import { projectPath } from "../../project-path.ts";
import type { Fan, Layout, Unit } from "./stages.ts";

/**
 * Where the outs of a command lie. Those of a stage of its own are files whose paths are known before it runs: the flow's
 * own path, or one for each key of a `foreach`. In a block, and where a value may stand for them, each run has a folder in
 * that of the step, and the result of the step says the paths.
 */
export interface CommandHome {
  readonly step: StepPlan;
  readonly command: CommandPlan;
  readonly unit: Unit;
}

/** A command and its stage; null: the step is none. */
export function commandHome(id: string, { units }: Pick<Layout, "units">): CommandHome | null {
  const unit = units.find(({ steps }) => steps.some((step) => step.id === id));
  const step = unit?.steps.find((one) => one.id === id);
  return unit === undefined || step?.command == null ? null : { step, command: step.command, unit };
}

/** Whether the paths of its outs are known before it runs. */
export function isPlaced({ step, unit }: CommandHome): boolean {
  return unit.group === null && step.catch === null;
}

/** The path of an out that is known before it runs. @param key code of the key, in a `foreach` */
export function outPath({ step, command, unit }: CommandHome, out: string, { plan, key }: OutKey): string {
  const path = projectPath(command.outs[out] ?? "");
  if (unit.fan === null && !isShared(path, plan)) return path;
  const names = Object.values(command.outs).map(lastPart);
  const name = names.indexOf(lastPart(path)) === names.lastIndexOf(lastPart(path)) ? "" : `${out}/`;
  return `out/${step.id}/${unit.fan === null ? "" : `${key}/`}${name}${lastPart(path)}`;
}

interface OutKey {
  readonly plan: Plan;
  readonly key: string;
}

// In a flow each out is kept by its content: two commands may write to one path. In a folder they may not.
function isShared(path: string, { steps }: Plan): boolean {
  const all = steps.flatMap(({ command }) => Object.values(command?.outs ?? {})).map(projectPath);
  const touching = all.filter(
    (other) => other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`),
  );
  return touching.length > 1 || path === "out" || path.startsWith("out/");
}

function lastPart(path: string): string {
  return path.split("/").at(-1) ?? path;
}

/** The folder of the outs of a command that is in a block. @param key code of the key, in a `foreach`; null: of all keys */
export function outsFolder({ step, unit: { fan } }: CommandHome, key: string | null): string {
  return fan === null || key === null ? `out/${step.id}.outs` : `out/${step.id}.outs/${key}`;
}

/** What DVC fills in. */
const ownKeyText = `\${${"key"}}`;

interface OutRead {
  /** The `foreach` of the reader; null: it reads for all keys. */
  readonly own: Fan | null;
  /** Names of those that it reads; absent: all. */
  readonly outs?: readonly string[];
}

/** What a stage that reads outs of a command depends on. */
export function outDeps(home: CommandHome, { plan }: Layout, { own, outs }: OutRead): readonly string[] {
  const { fan } = home.unit;
  const isOwn = fan !== null && fan === own;
  if (!isPlaced(home)) return [outsFolder(home, isOwn ? ownKeyText : null)];
  if (fan !== null && !isOwn) return [`out/${home.step.id}`];
  return (outs ?? Object.keys(home.command.outs)).map((out) => outPath(home, out, { plan, key: ownKeyText }));
}
