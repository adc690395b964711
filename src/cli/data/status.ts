import { join, relative } from "node:path";
import { StemmaError } from "../../error.ts";
import { pipelineStatus } from "../../pipeline/index.ts";
import type { Project } from "../../store/index.ts";
import {
  type DataStatus,
  dataStatus,
  dvcFilesOf,
  type ImportStatus,
  importStatus,
  readDvcIgnore,
  UnknownTargetError,
  workingFiles,
} from "../../version/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { dvcProject, shownPath, verb } from "../dvc-verb.ts";
import { type CloudStatusFlags, printCloudStatus, syncOptions } from "../remote/index.ts";
import { printable } from "../text.ts";

interface Options extends CloudStatusFlags {
  readonly cloud?: true;
  readonly updates: boolean;
}

/** What `dvc status --json` says: by `.dvc` file or stage, what changed. */
export type StatusAnswer = Readonly<Record<string, readonly unknown[]>>;

/** `stemma status` */
export const registerStatus: Register = (program, exit) => {
  syncOptions(verb(program, "status", "Show data that differs from its .dvc files, as dvc status does"), "compare with")
    .option("-c, --cloud", "compare the cache with the remote")
    .option("--json", "as dvc status --json")
    .option("--no-updates", "don't look whether imports changed at their source")
    .action(async (targets: readonly string[], options: Options) => {
      if (options.cloud === true || options.remote !== undefined) {
        const differs = await printCloudStatus(targets, options);
        if (differs && options.quiet === true) exit(1);
        return;
      }
      const project = dvcProject();
      checkLocal(options);
      const changed = await changes(project, targets, options);
      const some = Object.keys(changed).length > 0;
      if (options.json) printJson(changed);
      else if (options.quiet) exit(some ? 1 : 0);
      else if (some) print(shown(changed, 0));
      else if (workingFiles(project, readDvcIgnore(project.root)).paths.length === 0) print(nothing);
      else print("Data and pipelines are up to date.\n");
    });
};

// dvc/repo/status.py
function checkLocal(options: Options): void {
  const { allBranches, allTags, allCommits, jobs } = options;
  const given = Object.entries({
    "--all-branches": allBranches,
    "--all-tags": allTags,
    "--all-commits": allCommits,
    "--jobs": jobs,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (given.length === 0) return;
  const message = `The following options are meaningless for local status: ${given.join(", ")}`;
  throw new StemmaError("INVALID_ARGUMENT", message);
}

const nothing = "There are no data or pipelines tracked in this project yet.\nTrack data with stemma add PATH.\n";

async function changes(project: Project, targets: readonly string[], options: Options): Promise<StatusAnswer> {
  const recursive = options.recursive === true;
  const folder = process.cwd();
  const wanted = targets.flatMap((target) => dataAt(project, target, recursive));
  const stages = await pipelineStatus(project, { folder, targets, recursive, withDeps: options.withDeps === true });
  const all = await dataStatus(project);
  const by = new Map<string, DataStatus[]>();
  for (const status of all) {
    if (status.state === "unchanged" || (targets.length > 0 && !wanted.includes(join(project.root, status.file))))
      continue;
    by.set(status.file, [...(by.get(status.file) ?? []), status]);
  }
  const takes = (dvcFile: string): boolean => targets.length === 0 || wanted.includes(dvcFile);
  const imports = new Map(
    (await importStatus(project, { folder, updates: options.updates, takes })).map((one) => [one.file, one]),
  );
  tellHidden(project, [...imports.values()]);
  const files = [...new Set([...by.keys(), ...imports.keys()])].toSorted();
  const data = files.flatMap((file) => {
    const outs = (by.get(file) ?? []).map(({ path, state }) => [shownPath(project, path), state] as const);
    const { deps = {}, edited = false } = imports.get(file) ?? {};
    const facts = [
      ...(Object.keys(deps).length === 0 ? [] : [{ "changed deps": deps }]),
      ...(outs.length === 0 ? [] : [{ "changed outs": Object.fromEntries(outs) }]),
      ...(edited ? ["changed checksum"] : []),
    ];
    return facts.length === 0 ? [] : [[relative(folder, join(project.root, file)), facts] as const];
  });
  return { ...Object.fromEntries(data), ...stages };
}

function tellHidden(project: Project, imports: readonly ImportStatus[]): void {
  for (const { file } of imports.filter(({ hidden }) => hidden)) {
    process.stderr.write(
      `WARNING: stage: '${printable(shownPath(project, file))}' is frozen. Its dependencies are not going to be shown in the status output.\n`,
    );
  }
}

/** The `.dvc` files that a target means; none for a stage, which the pipeline knows, or refuses. */
function dataAt(project: Project, target: string, recursive: boolean): readonly string[] {
  try {
    return dvcFilesOf(project, target, { folder: process.cwd(), recursive }).map(({ file }) => file);
  } catch (error) {
    if (error instanceof UnknownTargetError) return [];
    throw error;
  }
}

// dvc/commands/status.py, CmdDataStatus._show
function shown(value: unknown, depth: number): string {
  const indent = "\t".repeat(depth);
  if (typeof value === "string") return `${indent}${printable(value)}\n`;
  if (Array.isArray(value)) return value.map((item) => shown(item, depth)).join("");
  return Object.entries(value as object)
    .map(([key, inner]) =>
      typeof inner === "string"
        ? `${indent}${`${inner}:`.padEnd(20)}${printable(key)}\n`
        : `${indent}${printable(key)}:\n${shown(inner, depth + 1)}`,
    )
    .join("");
}
