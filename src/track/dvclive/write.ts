import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, posix, relative, sep } from "node:path";
import { isYamlMap, parseYaml, patchYaml, printYaml } from "../../format/index.ts";
import { type Project, writeDurable } from "../../store/index.ts";
import { ValueError } from "../params.ts";
import type { RunRecord } from "../record.ts";
import { type Histories, printHistory, printParams, printSummary, shownFiles, withShownFiles } from "./layout.ts";
import type { DvcLiveOptions } from "./options.ts";

/**
 * Writes a run in DVCLive's layout: `metrics.json`, `params.yaml`, `plots/metrics/*.tsv`, `plots/images/*`, and what `dvc.yaml` names of
 * them. An earlier run's files of that layout give way.
 *
 * @returns the files and folders for git, absolute
 * @throws {ValueError} the folder is not one of the project
 */
export function writeDvcLive(
  project: Project,
  { run, histories }: { readonly run: RunRecord; readonly histories: Histories },
  options: DvcLiveOptions = {},
): readonly string[] {
  const dir = posix.normalize(options.dir ?? "dvclive").replace(/\/$/, "");
  if (dir === "." || dir.startsWith("..") || dir.startsWith("/") || /(^|\/)\.(git|dvc)(\/|$)/.test(dir)) {
    throw new ValueError(
      `dvclive.dir is ${JSON.stringify(dir)}; it wants a folder inside of the project such as "dvclive".`,
    );
  }
  const folder = join(project.root, dir);
  clear(folder);
  mkdirSync(folder, { recursive: true });
  const params = Object.keys(run.params).length > 0;
  const metrics = Object.keys(histories).length > 0;
  if (params) writeFileSync(join(folder, "params.yaml"), printParams(run.params));
  writeFileSync(join(folder, "metrics.json"), printSummary(histories));
  for (const [name, points] of Object.entries(histories)) {
    const file = join(folder, "plots", "metrics", `${safePath(name)}.tsv`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, printHistory(name, points));
  }
  const images = copyImages(run.artifactFolder, join(folder, "plots", "images"));
  if (options.dvcYaml === false) return [folder];
  const file = join(project.root, "dvc.yaml");
  writeShown(file, shownFiles(dir, { params, metrics, plots: metrics, images }), dir);
  return [folder, file];
}

/** A metric's name is no way out of the folder. */
function safePath(name: string): string {
  return name
    .split("/")
    .map((part) => (part === "" || part === "." || part === ".." ? "_" : part))
    .join("/");
}

function clear(folder: string): void {
  for (const name of ["plots/metrics", "plots/images", "plots/sklearn", "plots/custom"]) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const name of ["metrics.json", "params.yaml", "report.html", "report.md"])
    rmSync(join(folder, name), { force: true });
}

function writeShown(file: string, shown: ReturnType<typeof shownFiles>, dir: string): void {
  if (!existsSync(file)) {
    writeDurable(file, printYaml(shown));
    return;
  }
  const text = readFileSync(file, "utf8");
  const before = parseYaml(text, file);
  const value = withShownFiles(isYamlMap(before) ? before : new Map(), shown, dir);
  const patched = patchYaml(text, [], { value, path: file });
  if (patched !== text) writeDurable(file, patched);
}

const kinds: ReadonlySet<string> = new Set([".png", ".jpg", ".jpeg", ".gif"]);

/** The run's pictures; of those logged with a step a folder, `NAME/STEP.png`, which DVC's tools show with a slider. */
function copyImages(artifacts: string, to: string): boolean {
  if (!existsSync(artifacts)) return false;
  const files = readdirSync(artifacts, { recursive: true, withFileTypes: true }).filter(
    (item) => item.isFile() && kinds.has(extname(item.name).toLowerCase()),
  );
  for (const { parentPath, name } of files) {
    const path = relative(artifacts, join(parentPath, name)).split(sep).join("/");
    const [, key, step, end] = /^images\/(.+?)%step%(\d+)%.*(\.\w+)$/.exec(path) ?? [];
    const shown = key === undefined ? path : `${key.replaceAll("#", "/")}/${step}${end}`;
    const file = join(to, safePath(shown));
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(join(parentPath, name), file);
  }
  return files.length > 0;
}
