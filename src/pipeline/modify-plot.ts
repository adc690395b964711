import { resolve } from "node:path";
import type { YamlValue } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { lockRepository } from "../version/index.ts";
import { type EditedStage, writeStage } from "./edit-stages.ts";
import { PipelineError } from "./pipeline-error.ts";
import { namedTemplate } from "./plots/index.ts";
import { openSession, type Session } from "./session.ts";
import { addressOf, type PipelineStage, type StageOutput } from "./stage.ts";

export interface ModifyPlotOptions {
  /** The reader's folder, absolute; the project's root without it. */
  readonly folder?: string;
  /** How the plot is drawn from now on: `template`, `x`, `y`, `header`, `title`, `x_label`, `y_label`. */
  readonly props?: ReadonlyMap<string, YamlValue>;
  /** Properties to take away. */
  readonly unset?: readonly string[];
}

/**
 * Writes down how an output of a stage is drawn, as `dvc plots modify`; an output that was no plot becomes one.
 *
 * @throws {PipelineError} no stage makes it, it lacks a property to unset, its stage comes from a template
 */
export async function modifyPlot(
  project: Project,
  path: string,
  options: ModifyPlotOptions = {},
): Promise<EditedStage> {
  const { folder = project.root, props = new Map(), unset } = options;
  const template = props.get("template");
  if (typeof template === "string" && namedTemplate(template) === null)
    throw new PipelineError(`Template '${template}' not found.`);
  return lockRepository(project, async () => {
    const session = openSession(project, { folder });
    const { stage, out } = outAt(session, resolve(folder, path), path);
    const address = addressOf(stage, session.folder);
    if (stage.templated) throw new PipelineError(`cannot dump a parametrized stage: '${address}'`);
    const plot = new Map<string, YamlValue>([...withoutUnset(out, path, unset), ...props]);
    const changed: StageOutput = { ...out, kind: "plot", plot };
    writeStage(session, { ...stage, outs: stage.outs.map((one) => (one === out ? changed : one)) });
    return { address, file: stage.file, written: [stage.file] };
  });
}

function outAt(
  session: Session,
  absolute: string,
  path: string,
): { readonly stage: PipelineStage; readonly out: StageOutput } {
  for (const stage of session.pipelines.stages) {
    const out = stage.outs.find((one) => one.absolute === absolute);
    if (out !== undefined && stage.kind === "stage") return { stage, out };
  }
  throw new PipelineError(`Unable to find DVC file with output '${path}'`);
}

function withoutUnset(
  { kind, plot }: StageOutput,
  path: string,
  unset: readonly string[] | undefined,
): ReadonlyMap<string, YamlValue> {
  const known = new Map<string, YamlValue>(plot instanceof Map ? [...plot] : Object.entries(plot));
  if (unset === undefined) return known;
  if (kind !== "plot")
    throw new PipelineError(`'${path}' is not a known plot. Use \`stemma plots modify\` to turn it into one.`);
  const missing = unset.filter((name) => !known.has(name));
  if (missing.length > 0) {
    const names = missing.map((name) => `'${name}'`).join(", ");
    throw new PipelineError(`display properties [${names}] not found in plot '${path}'`);
  }
  for (const name of unset) known.delete(name);
  return known;
}
