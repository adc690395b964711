import { isAbsolute, join, posix, relative, resolve, sep } from "node:path";
import { type DvcLock, isYamlMap, pythonText, type YamlMap, type YamlValue, yamlEntries } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { PipelineError } from "./pipeline-error.ts";
import type { ResolvedStage } from "./resolve/index.ts";
import { isUrl, type PipelineStage, type StageOutput, type StageParams, type StagePath } from "./stage.ts";

export interface StageFile {
  readonly project: Project;
  /** The `dvc.yaml`, from the project's root. */
  readonly file: string;
  readonly lock: DvcLock | null;
}

const noteKeys = new Set(["desc", "type", "labels", "meta"]);
const plotKeys = new Set(["template", "x", "y", "x_label", "y_label", "title", "header"]);

/**
 * A stage with its paths found and its lock entry beside it.
 *
 * @throws {PipelineError} a path twice, an output that is a dependency too, a cached output outside of the project
 */
export function loadStage(resolved: ResolvedStage, place: StageFile): PipelineStage {
  const { body, name } = resolved;
  const wdir = posix.normalize(posix.join(posix.dirname(place.file), textOf(body.get("wdir")) || "."));
  const at = { ...place, wdir: wdir === "." ? "" : wdir.replace(/\/$/, ""), name };
  const stage: PipelineStage = {
    kind: "stage",
    name,
    file: place.file,
    cmd: commandOf(at, body.get("cmd")),
    wdir: at.wdir,
    absoluteWdir: join(place.project.root, at.wdir),
    deps: listOf(body.get("deps")).map((dep) => pathOf(at, dep)),
    params: paramsOf(at, listOf(body.get("params"))),
    outs: (["outs", "metrics", "plots"] as const).flatMap((key) => outsOf(at, key, listOf(body.get(key)))),
    frozen: body.get("frozen") === true,
    alwaysChanged: body.get("always_changed") === true,
    desc: typeof body.get("desc") === "string" ? textOf(body.get("desc")) : null,
    meta: body.get("meta") ?? null,
    group: resolved.group,
    templated: resolved.templated,
    used: resolved.used,
    lock: place.lock?.stages.get(name) ?? null,
  };
  checkPaths(stage);
  return stage;
}

interface At extends StageFile {
  readonly wdir: string;
  readonly name: string;
}

function listOf(value: YamlValue | undefined): readonly YamlValue[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: YamlValue | undefined): string {
  return value === undefined || value === null ? "" : pythonText(value);
}

function commandOf(at: At, value: YamlValue | undefined): string | readonly string[] {
  const cmd = Array.isArray(value) ? value.map((line: YamlValue) => textOf(line)) : textOf(value);
  if (cmd.length > 0) return cmd;
  throw new PipelineError(`stages.${at.name}.cmd in '${at.file}' is empty; a stage needs a command.`);
}

function pathOf(at: At, value: YamlValue): StagePath {
  const given = textOf(value);
  if (given === "") throw new PipelineError(`stage '${at.name}' in '${at.file}' has an empty path.`);
  if (isUrl(given)) return { given, path: null, absolute: given };
  const absolute = resolve(at.project.root, at.wdir, given);
  const inside = relative(at.project.root, absolute);
  const outside = inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  const path = outside ? null : inside.split(sep).join("/");
  return { given: normalGiven(given), path: isAbsolute(given) && outside ? null : path, absolute };
}

// DVC keeps a path as `normpath` makes it: no "./" before it, no "/" behind it.
function normalGiven(given: string): string {
  const normal = posix.normalize(given);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

function paramsOf(at: At, items: readonly YamlValue[]): readonly StageParams[] {
  const entries = items.flatMap((item): readonly (readonly [string, readonly string[]])[] => {
    if (!isYamlMap(item)) return [["params.yaml", [textOf(item)]]];
    return yamlEntries(item).map(([file, keys]) => {
      if (keys !== null && !Array.isArray(keys)) {
        throw new PipelineError(`stages.${at.name}.params in '${at.file}': want a list of keys for '${String(file)}'.`);
      }
      return [String(file), listOf(keys).map(textOf)] as const;
    });
  });
  const files = new Map<string, string[]>();
  // A file that is wanted as a whole is not asked for single keys.
  const whole = new Set(entries.filter(([, keys]) => keys.length === 0).map(([file]) => file));
  for (const [file, keys] of entries) files.set(file, whole.has(file) ? [] : [...(files.get(file) ?? []), ...keys]);
  return [...files].map(([file, keys]) => ({ ...pathOf(at, file), keys }));
}

function outsOf(at: At, key: "outs" | "metrics" | "plots", items: readonly YamlValue[]): readonly StageOutput[] {
  const merged = new Map<string, Map<string, YamlValue>>();
  for (const item of items) {
    const entries = isYamlMap(item) ? yamlEntries(item) : [[textOf(item), {}] as const];
    for (const [path, flags] of entries) {
      const known = merged.get(textOf(path as YamlValue)) ?? new Map<string, YamlValue>();
      for (const [flag, value] of yamlEntries((flags ?? {}) as YamlMap)) known.set(String(flag), value);
      merged.set(textOf(path as YamlValue), known);
    }
  }
  const kind = key === "outs" ? "out" : key === "metrics" ? "metric" : "plot";
  return [...merged].map(([path, flags]) => ({
    ...pathOf(at, path),
    kind,
    cache: flags.get("cache") !== false,
    persist: flags.get("persist") === true,
    push: flags.get("push") !== false,
    remote: flags.has("remote") ? textOf(flags.get("remote")) : null,
    notes: new Map([...flags].filter(([flag]) => noteKeys.has(flag))),
    plot: kind === "plot" ? new Map([...flags].filter(([flag]) => plotKeys.has(flag))) : new Map(),
  }));
}

function checkPaths(stage: PipelineStage): void {
  const outside = stage.outs.filter((out) => out.path === null && out.cache);
  if (outside.length > 0) {
    const paths = outside.map((out) => out.given).join(", ");
    throw new PipelineError(
      `Cached output(s) outside of DVC project: ${paths}. Move them into the project, or give them cache: false.`,
    );
  }
  const remote = stage.outs.find((out) => isUrl(out.given));
  if (remote !== undefined) {
    throw new PipelineError(
      `stage '${stage.name}' has an output outside of this machine: ${remote.given}. Make a file, and send it with: stemma push`,
    );
  }
  const outs = new Set(stage.outs.map((out) => out.absolute));
  const both = [...stage.deps, ...stage.params].find((dep) => outs.has(dep.absolute));
  if (both !== undefined) throw new PipelineError(`'${both.given}' is specified as an output and as a dependency.`);
  const seen = new Set<string>();
  for (const { absolute, given } of [...stage.deps, ...stage.params, ...stage.outs]) {
    if (seen.has(absolute)) throw new PipelineError(`file '${given}' is specified more than once.`);
    seen.add(absolute);
  }
}
