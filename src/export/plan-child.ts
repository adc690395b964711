/**
 * The program that evaluates the flows of a notebook: the parts of the cells that the flows need, nothing else of it.
 * Arguments: the module that holds these parts, the file for the answer; the tables and long arrays that the flows are given
 * lie in a folder beside that, by their MD5.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ErrorFacts, errorFacts } from "../error.ts";
import { definePlan, noteDefinition, type Plan } from "../flow/index.ts";
import { flowHere } from "./flow-here.ts";
import { type StepSource, type Surroundings, sourceOf } from "./step-source.ts";

/** What became of one flow; as JSON, it crosses a file. */
export type Evaluated =
  | { readonly kind: "plan"; readonly plan: Plan; readonly steps: Readonly<Record<string, StepSource>> }
  | { readonly kind: "error"; readonly error: ErrorFacts };

interface Parts extends Surroundings {
  readonly $calls: readonly (() => unknown[])[];
}

type Definition = Parameters<typeof definePlan>;

function evaluated(call: () => unknown[], parts: Parts, folder: string): Evaluated {
  try {
    const { plan, functions, given } = definePlan(...definition(call()));
    mkdirSync(folder, { recursive: true });
    for (const [md5, bytes] of given) writeFileSync(join(folder, md5), bytes);
    const steps = plan.steps.map(({ id }) => [id, sourceOf(functions.get(id), parts)] as const);
    return { kind: "plan", plan, steps: Object.fromEntries(steps) };
  } catch (error) {
    return { kind: "error", error: errorFacts(error) };
  }
}

/** What the cells get as `flow()`: another flow can use what it gives. It looks at no code and opens no store. */
function flowToUse(...given: unknown[]): object {
  const { name, params } = definePlan(...definition(given)).plan;
  const body = given.find((one) => typeof one === "function");
  const flow = Object.freeze({ name });
  noteDefinition(flow, { name, params, body } as Parameters<typeof noteDefinition>[1]);
  return flow;
}

// flow(name, params, body), and flow({ name, params }, body).
function definition([first, second, third]: unknown[]): Definition {
  if (typeof first !== "object" || first === null) return [first, second, third] as Definition;
  return [{ params: {}, ...first }, second] as unknown as Definition;
}

async function main([module, answer]: readonly (string | undefined)[]): Promise<void> {
  if (module === undefined || answer === undefined) throw new Error("want a module and a file for the answer");
  let flows: readonly Evaluated[];
  Reflect.set(globalThis, flowHere, flowToUse);
  try {
    const parts = (await import(pathToFileURL(module).href)) as Parts;
    flows = parts.$calls.map((call) => evaluated(call, parts, `${answer}.given`));
  } catch (error) {
    flows = [{ kind: "error", error: errorFacts(error) }];
  }
  writeFileSync(answer, JSON.stringify(flows));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
