import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseYaml, plainValue } from "../format/index.ts";
import type { Project } from "../store/index.ts";

/** An output of a stage. */
export interface PipelineOut {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly stage: string;
  /** The `dvc.yaml`, from the project's root. */
  readonly file: string;
}

/**
 * The first output of a stage, in the `dvc.yaml` files beside and above a path, that is the path, holds it or lies in it; null without one.
 * Outputs that a template makes are not seen.
 */
export function pipelineOutAround(project: Project, path: string): PipelineOut | null {
  const parts = path.split("/");
  for (let depth = 0; depth < parts.length; depth++) {
    const folder = parts.slice(0, depth).join("/");
    const out = outsIn(project, folder).find(
      ({ path: other }) => other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`),
    );
    if (out !== undefined) return out;
  }
  return null;
}

function outsIn(project: Project, folder: string): readonly PipelineOut[] {
  const file = posix.join(folder, "dvc.yaml");
  if (!existsSync(join(project.root, file))) return [];
  const pipeline = plainValue(parseYaml(readFileSync(join(project.root, file), "utf8"), file));
  return Object.entries(record(record(pipeline)["stages"])).flatMap(([stage, value]) => {
    const { wdir, outs, metrics, plots } = record(value);
    const base = posix.join(folder, typeof wdir === "string" ? wdir : "");
    return [outs, metrics, plots].flatMap(pathsOf).map((path) => ({ path: posix.join(base, path), stage, file }));
  });
}

function pathsOf(outs: unknown): readonly string[] {
  if (!Array.isArray(outs)) return [];
  return outs
    .flatMap((out: unknown) => (typeof out === "string" ? [out] : Object.keys(record(out))))
    .filter((path) => !path.includes("${"));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
