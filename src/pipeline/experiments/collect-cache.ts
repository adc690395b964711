import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  FormatError,
  isYamlMap,
  parseParamsFile,
  plainValue,
  pythonJson,
  type YamlValue,
  yamlEntries,
} from "../../format/index.ts";
import { type Project, temporaryName } from "../../store/index.ts";
import type { FileValues, ViewValues } from "../values.ts";
import type { ExperimentData, RecordedContent, RecordedOutput } from "./collect.ts";

/** What is known of a commit, as it was found before: a commit does not change. null where it was not, or cannot be read. */
export function rememberedData(project: Project, commit: string): ExperimentData | null {
  const path = pathOf(project, commit);
  if (!existsSync(path)) return null;
  try {
    return parse(parseParamsFile(readFileSync(path, "utf8"), path));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    rmSync(path, { force: true });
    return null;
  }
}

/** Keeps it for the next time; not where a file could not be read, which may be another tomorrow. */
export function rememberData(project: Project, commit: string, data: ExperimentData): void {
  const files = [...data.params.values(), ...data.metrics.values()];
  if (files.some((file) => "error" in file) || !existsSync(project.dvcFolder)) return;
  const path = pathOf(project, commit);
  const aside = join(dirname(path), temporaryName());
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(aside, pythonJson(data));
  renameSync(aside, path);
}

function pathOf(project: Project, commit: string): string {
  return join(project.dvcFolder, "tmp", "exps", "shown", `${commit}.json`);
}

function parse(value: YamlValue): ExperimentData {
  const fields = new Map(entriesOf(value));
  const timeMs = fields.get("timeMs");
  return {
    timeMs: typeof timeMs === "number" ? timeMs : null,
    params: valuesOf(fields.get("params")),
    metrics: valuesOf(fields.get("metrics")),
    deps: new Map(entriesOf(fields.get("deps")).map(([path, dep]) => [path, contentOf(dep)])),
    outs: new Map(entriesOf(fields.get("outs")).map(([path, out]) => [path, outputOf(out)])),
  };
}

function entriesOf(value: YamlValue | undefined): readonly (readonly [string, YamlValue])[] {
  if (value === undefined || !isYamlMap(value)) throw new FormatError("want a mapping");
  return yamlEntries(value).map(([key, item]) => [String(key), item] as const);
}

function valuesOf(value: YamlValue | undefined): ViewValues {
  const file = (one: YamlValue): FileValues => ({ data: new Map(entriesOf(one)).get("data") ?? null });
  return new Map(entriesOf(value).map(([path, one]) => [path, file(one)]));
}

function contentOf(value: YamlValue): RecordedContent {
  const facts = plainValue(value) as Readonly<Record<string, unknown>>;
  const number = (fact: unknown): number | null => (typeof fact === "number" ? fact : null);
  const md5 = facts["md5"];
  return { md5: typeof md5 === "string" ? md5 : null, bytes: number(facts["bytes"]), files: number(facts["files"]) };
}

function outputOf(value: YamlValue): RecordedOutput {
  const facts = plainValue(value) as Readonly<Record<string, unknown>>;
  return { ...contentOf(value), cache: facts["cache"] === true, data: facts["data"] === true };
}
