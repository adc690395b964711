import { readFileSync, statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Project } from "../../../store/index.ts";
import { outsValue } from "../../command/index.ts";
import type { Results } from "../../keys/index.ts";
import type { ValuePath } from "../../plan/index.ts";
import { listOf, partOf, recordOf, type Value } from "../../values/index.ts";
import { storedValue } from "./stored-value.ts";
import type { SpecOutcome } from "./task-spec.ts";

/** A value that is not there yet, by what will make it: what a binding stands for at one place. */
export type LateValue =
  /** Of a value in the store; `portable`: that of its text that is the same in each folder, where it has paths. */
  | { readonly digest: string; readonly portable?: string }
  /** Where the outcome of the task lies that makes it; `outs`: the task is a command, and the value its outs. */
  | { readonly outcome: string; readonly outs: boolean }
  | { readonly list: readonly LateValue[] }
  | { readonly record: Readonly<Record<string, LateValue>> }
  | { readonly part: LateValue; readonly path: ValuePath };

/** Where a late value is looked for. */
export interface LateStore {
  readonly project: Project;
  readonly results: Results;
  /** The notebook's. */
  readonly folder: string;
  /** How long what another machine wrote may take to be seen here. */
  readonly patienceMs: number;
}

/** The value; null where the task that makes it left none. */
export async function lateValue(late: LateValue, store: LateStore): Promise<Value | null> {
  if ("digest" in late) return storedLate(late, store);
  if ("outcome" in late) return made(late, store);
  if ("part" in late) {
    const whole = await lateValue(late.part, store);
    return whole === null ? null : partOf(whole, late.path, "a result");
  }
  const parts = "list" in late ? late.list : Object.values(late.record);
  const values: Value[] = [];
  for (const part of parts) {
    const value = await lateValue(part, store);
    if (value === null) return null;
    values.push(value);
  }
  if ("list" in late) return listOf(values);
  return recordOf(Object.fromEntries(Object.keys(late.record).map((name, i) => [name, values[i] as Value])));
}

function storedLate({ digest, portable }: Extract<LateValue, { readonly digest: string }>, store: LateStore): Value {
  const value = storedValue("An input", { ...store, digest });
  if (portable === undefined) return value;
  const steady = storedValue("An input", { ...store, digest: portable });
  return { ...value, text: () => value.text(), portable: () => steady.text() };
}

async function made(
  { outcome: path, outs }: Extract<LateValue, { readonly outcome: string }>,
  store: LateStore,
): Promise<Value | null> {
  await untilThere(path, store.patienceMs);
  const outcome = JSON.parse(readFileSync(path, "utf8")) as SpecOutcome;
  const kept = outcome.state === "done" ? store.results.find(outcome.key) : null;
  return kept === null || !outs ? kept : outsValue(store.project, kept.text());
}

/** Between two looks. */
const lookMs = 250;

/** Waits for a file that another machine has written, and a shared folder does not show yet. Who reads it next tells when it never came. */
export async function untilThere(path: string, patienceMs: number): Promise<void> {
  const endMs = Date.now() + patienceMs;
  while (statSync(path, { throwIfNoEntry: false }) === undefined && Date.now() < endMs) await wait(lookMs);
}
