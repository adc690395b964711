import type { Plan, StepPlan } from "../../../flow/index.ts";
import { printYaml } from "../../../format/index.ts";
import { projectPath } from "../../project-path.ts";
import { mergedSlices } from "../../slice.ts";
import type { ExportedProject, ExportSource, FlowWork } from "../../source.ts";
import { type CommandStage, commandStage } from "./command-stage.ts";
import { dvcYaml } from "./dvc-yaml.ts";
import { resultPath } from "./expressions.ts";
import { givenFiles } from "./given-files.ts";
import { optionNotes } from "./notes.ts";
import { ignoreText, packageText, pipelineText } from "./project-files.ts";
import { readmeText } from "./readme.ts";
import { fileName, type Stage } from "./stage.ts";
import { outputCode, type StageCode, unitCode } from "./stage-code.ts";
import { codeDeps, stageFile, stageModule, stageText } from "./stage-text.ts";
import { type Layout, layoutOf, paramsOf, type Unit } from "./stages.ts";
import { isList, outputPath, toldBy } from "./told.ts";
import { wholeStage } from "./whole.ts";

/** A file of code that every project gets, by its name in `src/stemma/`. */
export type RuntimeFiles = ReadonlyMap<string, string>;

/**
 * A DVC project that does what a notebook's flow does, or all that the notebook does, without Stemma.
 *
 * The same notebook gives the same bytes.
 */
export function dvcProject(source: ExportSource, runtime: RuntimeFiles): ExportedProject {
  const { stages, params, result, notes } = pipelineOf(source);
  const used = new Set(stages.flatMap(({ deps }) => deps));
  const given = givenFiles(source);
  const code = [...runtime].map(([name, text]) => [`src/stemma/${name}`, text] as const);
  const texts = [
    ...stages.filter(({ cmd }) => cmd === null).map(({ file, text }) => [file, text] as const),
    ...source.modules.modules.filter(({ path }) => used.has(path)).map(({ path, text }) => [path, text] as const),
    ...code,
    ...(params === null ? [] : [["params.yaml", params] as const]),
    ["dvc.yaml", dvcYaml(stages, "src/stemma")] as const,
    ...given.flatMap(({ path, dvcFile }) => (dvcFile === null ? [] : [[`${path}.dvc`, dvcFile] as const])),
    ["package.json", packageText(source)] as const,
    [".gitignore", ignoreText([...source.data, ...given.map(({ path, dvcFile }) => ({ to: path, dvcFile }))])] as const,
    ["README.md", readmeText(source, { stages, result, notes })] as const,
  ];
  const files = new Map([...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
  files.set("pipeline.json", pipelineText(source, stages, files));
  const copies = source.data.flatMap(({ from, to, dvcFile }) => [
    ...(from === null ? [] : [{ from, to }]),
    ...(dvcFile === null ? [] : [{ from: dvcFile, to: `${to}.dvc` }]),
  ]);
  const counts = stages.map(({ name, items }) => ({ name, items }));
  return { files, given: new Map(given.map(({ path, bytes }) => [path, bytes])), copies, stages: counts, notes };
}

interface Pipeline {
  readonly stages: readonly Stage[];
  /** Text of params.yaml; null: there are no params. */
  readonly params: string | null;
  /** File of what the flow gives, or of what the notebook shows last. */
  readonly result: string;
  readonly notes: readonly string[];
}

function pipelineOf(source: ExportSource): Pipeline {
  const { work } = source;
  if (work.kind === "flow") return flowPipeline(source, work);
  const note =
    "The notebook has no flow(): all its cells are one stage, and the value that it shows last is the result.";
  const stage = wholeStage(source, work);
  return { stages: [stage], params: null, result: stage.outs.join(), notes: [note] };
}

function flowPipeline(source: ExportSource, work: FlowWork): Pipeline {
  const layout = layoutOf(work.plan, source.models);
  const stages = layout.units.map((unit) => unitStage(source, work, { layout, unit }));
  const outputName = freeName("output", stages);
  const own = `out/${outputName}.json`;
  const output = outputCode(layout, own);
  if (output !== null) stages.push(outputStage(source, { name: outputName, plan: work.plan, output }));
  const params = paramsOf(layout);
  const notes = [...layout.units.flatMap(insideNote), ...optionNotes(work), ...scheduleNote(work.plan)];
  return {
    stages: source.beside ? stages.map(withParts(stages)) : stages,
    params: Object.keys(params).length === 0 ? null : printYaml(params),
    result: output !== null || work.plan.output.from !== "step" ? own : resultPath(work.plan.output.step, null, ""),
    notes,
  };
}

// Tables and files of a result lie in a folder beside its text.
function withParts(stages: readonly Stage[]): (stage: Stage) => Stage {
  const results = new Set(stages.flatMap((stage) => stage.results));
  const both = (paths: readonly string[]): readonly string[] =>
    paths.flatMap((path) => (results.has(path) ? [path, path.replace(/\.json$/, ".files")] : [path]));
  return (stage) => ({ ...stage, deps: both(stage.deps), outs: both(stage.outs) });
}

function insideNote({ name, group }: Unit): readonly string[] {
  if (group === null) return [];
  const { kind, of } = group;
  const what =
    kind === "map"
      ? `The items of the map over ${of.id} run`
      : kind === "loop"
        ? `The rounds of f.loop() ${of.id} run`
        : `The branches of f.when() on ${of.id} run`;
  return [`${what} inside the one stage \`${name}\`: DVC has to know its stages before anything runs.`];
}

function scheduleNote({ schedule }: Plan): readonly string[] {
  if (schedule === null) return [];
  return [
    `The flow's schedule (\`${schedule}\`) is not part of the pipeline: DVC runs nothing by itself. Give it to cron or to your CI: \`${schedule} dvc repro\`.`,
  ];
}

function freeName(name: string, stages: readonly Stage[]): string {
  let free = name;
  for (let n = 2; stages.some((stage) => stage.name === free); n++) free = `${name}-${n}`;
  return free;
}

function unitStage(
  source: ExportSource,
  work: FlowWork,
  { layout, unit }: { readonly layout: Layout; readonly unit: Unit },
): Stage {
  const [first] = unit.steps;
  const command = first === undefined ? null : commandStage(first, layout);
  if (first !== undefined && command !== null) return shellStage(first, command, unit);
  const codes = unit.steps.map(({ id }) => work.steps.get(id)).filter((code) => code !== undefined);
  const slice = mergedSlices(codes.map((code) => code.slice));
  const module = stageModule(source, slice);
  const made = unitCode(layout, unit, {
    functionOf: (id) => work.steps.get(id)?.expression(module) ?? id,
    listens: (id) => work.steps.get(id)?.listens === true,
  });
  const steps = unit.steps.map(({ id }) => id);
  const what = steps.length === 0 ? unit.name : `${steps.length === 1 ? "Step" : "Steps"} ${steps.join(", ")}`;
  const title = `// ${what} of the flow ${JSON.stringify(work.plan.name)} in ${fileName(source.notebook)}.`;
  return {
    ...stageFile(unit.name, stageText({ title, module, code: made.code, beside: source.beside })),
    name: unit.name,
    cmd: null,
    foreach: unit.fan?.param ?? null,
    items: unit.fan?.items.length ?? 1,
    deps: [...codeDeps(source, slice), ...made.deps, ...unit.steps.flatMap(declared)],
    params: made.params,
    outs: [...made.results, ...made.files],
    results: made.results,
    metrics: made.results.filter((path) => path === outputPath(layout.plan)),
    plots: [],
    always: unit.steps.some(({ cache }) => !cache),
    slice,
    steps,
  };
}

// What a step says that it depends on besides its inputs.
function declared({ files, packages }: StepPlan): readonly string[] {
  return [...files.map(projectPath), ...(packages.length > 0 ? ["package.json"] : [])];
}

function shellStage(step: StepPlan, made: CommandStage, { fan }: Unit): Stage {
  const code = { file: "", text: "", slice: mergedSlices([]), results: [], ...toldBy(made.outs) };
  const each = { foreach: fan?.param ?? null, items: fan?.items.length ?? 1 };
  const deps = [...made.deps, ...declared(step)];
  return { name: step.id, ...made, deps, ...each, always: !step.cache, ...code, steps: [step.id] };
}

interface OutputPart {
  readonly name: string;
  readonly plan: Plan;
  readonly output: StageCode;
}

function outputStage(source: ExportSource, { name, plan, output }: OutputPart): Stage {
  const slice = mergedSlices([]);
  const module = stageModule(source, slice);
  const title = `// The output of the flow ${JSON.stringify(plan.name)} in ${fileName(source.notebook)}, put together.`;
  return {
    ...stageFile(name, stageText({ title, module, code: output.code, beside: source.beside })),
    name,
    cmd: null,
    foreach: null,
    items: 1,
    deps: output.deps,
    params: output.params,
    outs: output.results,
    results: output.results,
    metrics: isList(plan.output) ? [] : output.results,
    plots: [],
    always: false,
    slice,
    steps: [],
  };
}
