import { type Binding, leavesOf, seededInputs } from "../flow/index.ts";
import { analyzeCell } from "./cells.ts";
import { runnable } from "./erasable.ts";
import { evaluateFlows } from "./evaluate.ts";
import { type FlowCall, flowDefinitions, usesIn } from "./flow-calls.ts";
import { type LocalModules, packageName, stageFiles } from "./local-modules.ts";
import { type ModuleText, moduleText } from "./module-text.ts";
import { ExportError, type ExportProblem } from "./problem.ts";
import type { Program } from "./program.ts";
import { type Slice, sliceOf } from "./slice.ts";
import type { FlowWork, StepCode } from "./source.ts";
import { type WrittenFunction, writtenFunctions } from "./step-functions.ts";
import type { StepSource } from "./step-source.ts";
import { accessors, refusals } from "./targets/index.ts";

export interface FlowInput {
  readonly notebook: string;
  readonly folder: string;
  readonly program: Program;
  readonly call: FlowCall;
  /** What the call needs of the notebook. */
  readonly slice: Slice;
  readonly modules: LocalModules;
}

const wayOut = "Write the value in the cell, or let a step of the flow make it.";

/** What a call of flow() needs of the notebook. */
export function callSlice(program: Program, call: FlowCall): Slice {
  const settled = flowDefinitions(program);
  return sliceOf(program, { name: "the flow", uses: call.uses, from: call.placed, wayOut, settled });
}

/**
 * A flow's plan and the code of its steps. Only what the call needs is evaluated, in a process of its own.
 *
 * @throws {ExportError} the flow cannot be read, or a step of it cannot stand alone
 */
export async function flowWork(input: FlowInput): Promise<FlowWork> {
  const { notebook, program, call } = input;
  const { flows, given } = await evaluateFlows({ ...planModule(input), folder: input.folder });
  const [evaluated] = flows;
  if (evaluated === undefined || evaluated.kind === "error") {
    const message = evaluated?.error.message ?? "the flow was not read";
    throw new ExportError(notebook, [{ ...placeOf(call), message }]);
  }
  const { plan, steps } = evaluated;
  const listens = (id: string, word: string): boolean => steps[id]?.uses.includes(word) === true;
  const refused = refusals(plan, (id) => listens(id, "random") || listens(id, "seed")).map((message) => ({
    ...placeOf(call),
    message,
  }));
  if (refused.length > 0) throw new ExportError(notebook, refused);
  const own = plan.steps.filter(({ command }) => command === null);
  const functions = writtenFunctions(call, input.slice);
  const codes = own.map(({ id, name }) => stepCode({ program, call, functions, name, source: steps[id] }));
  const draws = own.filter(({ id, seed }) => seed === null && (listens(id, "random") || listens(id, "seed")));
  const problems = [
    ...codes.flatMap((code) => code.problems),
    ...draws.map(({ id }) => ({ ...placeOf(call), message: `step ${id} ${unseeded}` })),
  ];
  if (problems.length > 0) throw new ExportError(notebook, problems);
  return {
    kind: "flow",
    plan,
    call,
    given,
    steps: new Map(own.map(({ id }, place) => [id, codes[place]] as [string, StepCode])),
  };
}

/** Whether items of a map draw numbers that hang on what steps give: of long arrays in it the bytes count. */
export function drawsByResults({ plan, steps }: FlowWork): boolean {
  const draws = (id: string): boolean => /random|seed/.test(steps.get(id)?.uses.join(" ") ?? "");
  const isResult = (binding: Binding | undefined): boolean =>
    binding !== undefined && leavesOf(binding, plan).some(({ from }) => from === "step");
  return plan.steps.some(
    (step) => step.maps.length > 0 && draws(step.id) && seededInputs(step).some((name) => isResult(step.inputs[name])),
  );
}

const unseeded =
  "draws by ctx.random, whose seed is made of the step's code here, which an export does not have. Give the flow a seed, and both draw the same: flow({ name, params, seed: 1 }, …), or the step: { seed: 1 }.";

function placeOf({ placed }: Pick<FlowCall, "placed">): Pick<ExportProblem, "cell" | "line"> {
  return { cell: placed.cell.number, line: placed.statement.line };
}

const folder = "src/stages";

function planModule({
  program,
  call,
  slice,
  modules,
}: FlowInput): Pick<Parameters<typeof evaluateFlows>[0], "files" | "main" | "packages"> {
  const module = moduleText(program, slice, { specifier: (from) => modules.target(from, folder), reserved: ownNames });
  const piece = (place: { readonly start: number; readonly end: number }): string => module.piece(call.placed, place);
  const text = [
    ...module.imports,
    module.code,
    `export const $calls = [() => [${piece(call)}]];`,
    `export const $variables = { ${valueNames(slice).join(", ")} };`,
    `export const $texts = ${JSON.stringify(writtenFunctions(call, slice).map(({ placed, ...at }) => module.piece(placed, at)))};`,
  ].join("\n");
  const ready = runnable(text, ".ts");
  const main = `${folder}/plan${ready.ending}`;
  const files = new Map([
    ...modules.modules.map(({ path, text: own }) => [path, own] as const),
    [main, ready.text] as const,
  ]);
  const packages = importedPackages(slice, modules);
  if (!modules.modules.some(({ givesFiles }) => givesFiles)) return { files, main, packages };
  const withFiles = new Map([...files, [stageFiles, 'export { file } from "stemma";\n']]);
  return { files: withFiles, main, packages: [...new Set([...packages, "stemma"])] };
}

const ownNames: ReadonlySet<string> = new Set(["$calls", "$variables", "$texts"]);

// Types are gone when the module runs; the last definition of a name has the name itself.
function valueNames({ statements, imports }: Slice): readonly string[] {
  const defined = statements
    .filter(({ statement }) => statement.kind !== "type")
    .flatMap(({ statement }) => statement.defines.map(({ name }) => name));
  const imported = imports.flatMap(({ names }) => [...names].filter(([, type]) => !type).map(([name]) => name));
  return [...new Set([...imported, ...defined])].filter((name) => !ownNames.has(name));
}

/** The packages that a slice imports, by way of the notebook's own modules too. */
export function importedPackages({ imports }: Pick<Slice, "imports">, modules: LocalModules): readonly string[] {
  const specifiers = imports.map(({ placed }) => placed.statement.import?.from ?? "");
  const direct = specifiers.map(packageName).filter((name) => name !== null);
  const below = specifiers.flatMap((from) => modules.module(from)?.packages ?? []);
  return [...new Set([...direct, ...below])].sort();
}

interface StepInput {
  readonly program: Program;
  readonly call: FlowCall;
  /** As in the module that was evaluated. */
  readonly functions: readonly WrittenFunction[];
  readonly name: string;
  readonly source: StepSource | undefined;
}

function stepCode({
  program,
  call,
  functions,
  name,
  source,
}: StepInput): StepCode & { readonly problems: readonly ExportProblem[] } {
  const listens = source?.listens === true;
  const uses = source?.uses ?? [];
  const way = `Pass it to the step as an input.`;
  const [first, ...rest] = source?.path ?? [];
  if (first !== undefined) {
    const slice = sliceOf(program, { name, uses: [{ name: first, type: false }], from: call.placed, wayOut: way });
    return {
      slice,
      problems: slice.problems,
      listens,
      uses,
      expression: (module) => {
        const holder = module.name(call.placed, first) + accessors(rest.slice(0, -1));
        const run = holder + accessors(rest.slice(-1));
        return source?.bound ? `${run}.bind(${holder})` : run;
      },
    };
  }
  const node = source?.place == null ? undefined : functions[source.place];
  const none = { statements: [], imports: [], problems: [] };
  if (node === undefined) {
    const message = `step ${name} is made while the cells run, so its code cannot be written down. Write it as a function in a cell.`;
    return { slice: none, problems: [{ ...placeOf(call), message }], expression: () => name, listens, uses };
  }
  const { placed } = node;
  const slice = sliceOf(program, { name, uses: usesIn(placed, node), from: placed, wayOut: way });
  const problems = bodyNames(node).map((used) => ({
    ...placeOf(node),
    message: `step ${name} uses \`${used}\` of the flow's body. Pass it to the step as an input.`,
  }));
  const expression = (module: ModuleText): string => `(${module.piece(placed, node)})`;
  return { slice, problems: [...slice.problems, ...problems], expression, listens, uses };
}

/** Names that a function takes from the body around it, as refs and params are. */
function bodyNames({ placed, start, end }: WrittenFunction): readonly string[] {
  const { cell } = placed;
  const used = new Set(usesIn(placed, { start, end }).map((use) => use.name));
  const alone = analyzeCell(`(${cell.source.slice(start, end)})`);
  const free = alone.statements.flatMap(({ uses }) => uses.filter(({ type }) => !type).map(({ name }) => name));
  return [...new Set(free)].filter((name) => !used.has(name));
}
