import { decode } from "../encoding/index.ts";
import type { Task } from "./task.ts";

/** What the run of a task is called, and its tags. */
export function headOf(
  task: Task,
  flow: string,
  cached: boolean,
): { name: string; tags: Record<string, string | number | boolean> } {
  const { indices } = task.place;
  const name = indices.length === 0 ? task.step.id : `${task.step.id} ${indices.join(".")}`;
  const item = indices.length === 0 ? {} : { "stemma.flow.item": indices.join(".") };
  return {
    name,
    tags: {
      ...tagsOf(task, flow),
      "stemma.flow.key": task.key,
      "stemma.flow.seed": String(task.seed),
      "stemma.flow.cached": cached,
      ...item,
    },
  };
}

/** Of which step of which flow a run is. */
export function tagsOf(task: Task, flow: string): Record<string, string | number> {
  return { "stemma.flow": flow, "stemma.flow.step": task.step.id };
}

/** Characters of a value that is shown as a param of its run; MLflow's own limit is 6,000. */
const paramLength = 500;

/** Small plain inputs that are no results: what a reader compares runs by. */
export function paramsOf({ step, inputs }: Task): object {
  const told = Object.entries(step.inputs).filter(
    ([, { from }]) => from === "param" || from === "item" || from === "value",
  );
  const entries = told.flatMap(([name]) => {
    const text = inputs[name]?.text() ?? "";
    return text.length <= paramLength &&
      !text.includes('{"~":[') &&
      hasPlainKeys(JSON.parse(text)) &&
      plainKey.test(name)
      ? [[name, decode(text)] as const]
      : [];
  });
  return Object.fromEntries(entries);
}

/** Params of a flow as its parent run shows them: a long list by its length. */
export function shownParams(params: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(params).filter(([name, value]) => plainKey.test(name) && hasPlainKeys(value));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, JSON.stringify(value).length <= 6000 ? value : sizeOf(value)]),
  );
}

function sizeOf(value: unknown): string {
  return Array.isArray(value) ? `${value.length} items` : `${JSON.stringify(value).length} characters`;
}

// MLflow allows no other characters in a param's name, at most 250.
const plainKey = /^[\w ./-]{1,200}$/;

function hasPlainKeys(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
  return Object.entries(value).every(([key, part]) => plainKey.test(key) && hasPlainKeys(part));
}
