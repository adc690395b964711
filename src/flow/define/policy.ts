import type { StepOptions } from "../builder.ts";
import { type Duration, durationMs } from "../duration.ts";
import { jsonOf, sha256 } from "../encoding/index.ts";
import { plainStep, type Resources, type StepPlan } from "../plan/index.ts";
import { refuseUnknown } from "./unknown.ts";

/** What the options of a step say of how it runs. */
export type Policy = Omit<StepPlan, "id" | "name" | "inputs" | "maps" | "when" | "group" | "command">;

const known: readonly (keyof StepOptions)[] = [
  "name",
  "retry",
  "timeout",
  "catch",
  "resources",
  "run",
  "cache",
  "seed",
  "env",
  "files",
  "packages",
  "card",
  "systemMetrics",
  "tags",
];
const runs: readonly StepPlan["run"][] = ["auto", "inline", "thread", "process", "slurm"];

/**
 * The options of a step as the plan has them.
 *
 * @param place for messages
 * @throws {RangeError} @throws {TypeError} an option that there is not, or that has no such value
 */
export function policyOf(options: StepOptions, place: string): Policy {
  refuseUnknown(options, place, known);
  const { run = "auto", timeout } = options;
  if (!runs.includes(run)) {
    throw new RangeError(
      `${place}: run is ${JSON.stringify(run)}; it takes "auto", "inline", "thread", "process" or "slurm"`,
    );
  }
  return {
    retry: retryOf(options.retry, place),
    timeoutMs: timeout === undefined ? null : timeoutMs(timeout, `${place}: timeout`),
    catch: options.catch === undefined ? null : { value: jsonOf(options.catch, `${place}: catch`) },
    resources: options.resources === undefined ? null : resourcesOf(options.resources, place),
    run,
    cache: flag(options.cache, `${place}: cache`, true),
    seed: options.seed === undefined ? null : wholeNumber(options.seed, `${place}: seed`),
    env: envOf(options.env, place),
    files: texts(options.files, `${place}: files`),
    packages: texts(options.packages, `${place}: packages`),
    card: flag(options.card, `${place}: card`, false),
    systemMetrics: flag(options.systemMetrics, `${place}: systemMetrics`, false),
    tags: texts(options.tags, `${place}: tags`),
  };
}

// Longer than that no timer of Node goes: it would end at once.
const longestMs = 2 ** 31 - 1;

function timeoutMs(timeout: Duration, name: string): number {
  const ms = durationMs(timeout, name);
  if (ms > 0 && ms <= longestMs) return ms;
  throw new RangeError(`${name} is ${JSON.stringify(timeout)}; it takes a span above 0, up to 24 days`);
}

function flag(value: unknown, name: string, absent: boolean): boolean {
  if (value === undefined) return absent;
  if (typeof value === "boolean") return value;
  throw new TypeError(`${name} is ${JSON.stringify(value)}; it takes true or false`);
}

/** A text that is not empty; undefined where there is none. @throws {TypeError} */
export function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return value as string | undefined;
  throw new TypeError(`${name} is ${JSON.stringify(value)}; it takes a text`);
}

function retryOf(retry: StepOptions["retry"], place: string): StepPlan["retry"] {
  if (retry === undefined) return plainStep.retry;
  refuseUnknown(retry, `${place}: retry`, ["attempts", "wait", "backoff"]);
  const { attempts, wait = 0, backoff = 1 } = retry;
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 100) {
    throw new RangeError(`${place}: retry.attempts is ${attempts}; it takes 1 to 100 tries`);
  }
  if (!Number.isFinite(backoff) || backoff < 1) {
    throw new RangeError(
      `${place}: retry.backoff is ${backoff}; it takes a number from 1: 2 doubles the wait each time`,
    );
  }
  return { attempts, waitMs: durationMs(wait, `${place}: retry.wait`), backoff };
}

function resourcesOf(resources: NonNullable<StepOptions["resources"]>, place: string): Resources {
  refuseUnknown(resources, `${place}: resources`, ["cpu", "memory", "gpu"]);
  const { cpu, memory, gpu } = resources;
  return {
    cpu: cpu === undefined ? null : positive(cpu, `${place}: resources.cpu`),
    memoryMb: memory === undefined ? null : memoryMb(memory, `${place}: resources.memory`),
    gpu: gpu === undefined ? null : wholeNumber(gpu, `${place}: resources.gpu`),
  };
}

const unitMb: Readonly<Record<string, number>> = { MB: 1, GB: 1024, TB: 1024 * 1024 };

function memoryMb(memory: number | string, name: string): number {
  if (typeof memory === "number") return positive(memory, name);
  const match = /^(\d+(?:\.\d+)?) ?(MB|GB|TB)$/.exec(memory);
  const unit = unitMb[match?.[2] ?? ""];
  if (match === null || unit === undefined) {
    throw new RangeError(`${name} is ${JSON.stringify(memory)}; write MB as a number, or "512MB", "4GB"`);
  }
  return positive(Number(match[1]) * unit, name);
}

function positive(value: number, name: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`${name} is ${String(value)}; it takes a number above 0`);
}

/** @throws {RangeError} it is no whole number from 0 on that a number holds exactly */
export function wholeNumber(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${name} is ${String(value)}; it takes a whole number from 0`);
}

/** @throws {TypeError} */
export function envOf(env: StepOptions["env"], place: string): StepPlan["env"] {
  if (env === undefined || Array.isArray(env)) return texts(env, `${place}: env`);
  if (typeof env !== "object" || env === null) throw new TypeError(`${place}: env is no list and no record of texts`);
  const wrong = Object.entries(env).find(([, value]) => typeof value !== "string");
  if (wrong !== undefined) throw new TypeError(`${place}: env.${wrong[0]} is no text; write String(…)`);
  return { ...(env as Readonly<Record<string, string>>) };
}

function texts(list: unknown, name: string): readonly string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.some((one) => typeof one !== "string" || one === "")) {
    throw new TypeError(`${name} is ${JSON.stringify(list)}; it takes a list of texts`);
  }
  return [...(list as readonly string[])];
}

/** The seed of a step in a flow that has one. */
export function seedOf(seed: number, step: string): number {
  return Number.parseInt(sha256(`${seed} ${step}`).slice(0, 12), 16);
}

const cronOf: Readonly<Record<string, string>> = {
  hourly: "0 * * * *",
  daily: "0 0 * * *",
  weekly: "0 0 * * 0",
};

/** A schedule as cron has it. @throws {RangeError} */
export function scheduleOf(schedule: string, flow: string): string {
  const cron = cronOf[schedule] ?? schedule.trim().replace(/\s+/g, " ");
  const isCron = /^([\d*/,A-Za-z-]+ ){4}[\d*/,A-Za-z-]+$/.test(cron);
  if (isCron) {
    refuseOutside(cron, schedule, flow);
    return cron;
  }
  throw new RangeError(
    `flow "${flow}": schedule is ${JSON.stringify(schedule)}; write "hourly", "daily", "weekly" or five fields of cron: "0 4 * * *"`,
  );
}

/** Fields of cron, with the numbers that each may have; Sunday is 0 and 7. */
const cronFields = [
  ["minute", 0, 59],
  ["hour", 0, 23],
  ["day of the month", 1, 31],
  ["month", 1, 12],
  ["day of the week", 0, 7],
] as const;

function refuseOutside(cron: string, schedule: string, flow: string): void {
  for (const [i, field] of cron.split(" ").entries()) {
    const [what, least, most] = cronFields[i] ?? ["", 0, 0];
    // Behind the slash stands how often, not when.
    const numbers = field.split(",").flatMap((part) => (part.split("/")[0] ?? "").match(/\d+/g) ?? []);
    const wrong = numbers.find((number) => Number(number) < least || Number(number) > most);
    if (wrong === undefined) continue;
    throw new RangeError(
      `flow "${flow}": schedule is ${JSON.stringify(schedule)}, whose ${what} is ${wrong}; it goes from ${least} to ${most}`,
    );
  }
}
