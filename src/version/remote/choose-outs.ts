import { globSync } from "node:fs";
import { join, posix, relative, resolve, sep } from "node:path";
import type { Project } from "../../store/index.ts";
import type { DataOut } from "../data-outs.ts";
import { MissingDataError } from "../version-error.ts";

export interface ChooseOptions {
  /** Data, `.dvc` files, `dvc.yaml`, names of stages (`dvc.yaml:name`), files in a versioned folder; everything without any. */
  readonly targets?: readonly string[];
  /** What targets are relative to; the project's root without it. */
  readonly folder?: string;
  /** Also what a stage's outputs were made of. */
  readonly withDeps?: boolean;
  /** Targets are folders whose `.dvc` files and stages are meant. */
  readonly recursive?: boolean;
  /** Targets are patterns of the shell. */
  readonly glob?: boolean;
}

/** An output, or the part of one that was named: a file or folder in it; null for all of it. */
export interface ChosenOut {
  readonly out: DataOut;
  readonly part: string | null;
}

/**
 * The outputs that targets name.
 *
 * @throws {MissingDataError} a target that names none
 */
export function chooseOuts(project: Project, outs: readonly DataOut[], options: ChooseOptions): readonly ChosenOut[] {
  const folder = options.folder ?? project.root;
  const targets = options.glob === true ? expanded(options.targets ?? [], folder) : (options.targets ?? []);
  if (targets.length === 0) return outs.map((out) => ({ out, part: null }));
  const chosen = new Map<string, ChosenOut>();
  for (const target of targets) {
    const found = outsOfTarget(outs, targetOf(project, folder, target), options);
    if (found.length === 0 && options.recursive !== true) {
      throw new MissingDataError(
        target,
        `'${target}' does not exist as an output, a stage or a .dvc file. See what there is: stemma list . --dvc-only -R`,
      );
    }
    for (const one of found) chosen.set(`${one.out.path}\0${one.part ?? ""}`, one);
    if (options.withDeps === true) {
      for (const { out } of found) addDeps(outs, out, chosen);
    }
  }
  return [...chosen.values()];
}

function expanded(targets: readonly string[], folder: string): readonly string[] {
  return targets.flatMap((target) => {
    const found = globSync(target, { cwd: folder });
    return found.length > 0 ? found : [target];
  });
}

interface Target {
  readonly path: string;
  /** `fit` of `dvc.yaml:fit`, or of `fit` alone. */
  readonly stage: string;
  readonly pipeline: string;
}

function targetOf(project: Project, folder: string, target: string): Target {
  const inside = (path: string): string => relative(project.root, resolve(folder, path)).split(sep).join("/");
  const colon = /^(.*dvc\.yaml|):(.+)$/.exec(target);
  const pipeline = inside(colon?.[1] || "dvc.yaml");
  return { path: inside(target), stage: colon?.[2] ?? target, pipeline };
}

function outsOfTarget(outs: readonly DataOut[], target: Target, options: ChooseOptions): readonly ChosenOut[] {
  const { path, stage, pipeline } = target;
  const whole = (out: DataOut): ChosenOut => ({ out, part: null });
  if (options.recursive === true) {
    const below = outs.filter((out) => path === "" || out.file.startsWith(`${path}/`));
    if (below.length > 0) return below.map(whole);
  }
  const ofFile = outs.filter((out) => out.file === path);
  if (ofFile.length > 0) return ofFile.map(whole);
  const ofStage = outs.filter(
    (out) => out.file === pipeline && (out.stage === stage || out.stage?.startsWith(`${stage}@`) === true),
  );
  if (ofStage.length > 0) return ofStage.map(whole);
  const own = outs.filter((out) => out.path === path);
  if (own.length > 0) return own.map(whole);
  return outs
    .filter((out) => out.md5?.endsWith(".dir") === true && path.startsWith(`${out.path}/`))
    .map((out) => ({ out, part: path.slice(out.path.length + 1) }));
}

function addDeps(outs: readonly DataOut[], of: DataOut, chosen: Map<string, ChosenOut>): void {
  for (const dep of of.deps) {
    for (const out of outs) {
      if (out.path !== dep && !dep.startsWith(`${out.path}/`) && !out.path.startsWith(`${dep}/`)) continue;
      const key = `${out.path}\0`;
      if (chosen.has(key)) continue;
      chosen.set(key, { out, part: null });
      addDeps(outs, out, chosen);
    }
  }
}

/** Whether an entry of a folder is in the part that was named. */
export function isInPart(relpath: string, part: string | null): boolean {
  return part === null || relpath === part || relpath.startsWith(`${part}/`);
}

/** The name of a file of an output, from the project's root. */
export function entryName(out: DataOut, relpath: string): string {
  return relpath === "" ? out.path : posix.join(out.path, relpath);
}

/** A path from the project's root as somebody in a folder would write it. */
export function fromFolder(project: Project, folder: string, path: string): string {
  return relative(folder, join(project.root, path)) || ".";
}
