import { copyFileSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { StemmaError } from "../../error.ts";
import { parseDir, printDir } from "../../format/index.ts";
import { openObjects, type Project } from "../../store/index.ts";
import { sha256 } from "../encoding/index.ts";
import type { CommandPlan } from "../plan/index.ts";
import { recordOf, type Value } from "../values/index.ts";
import { placeholders } from "./command-text.ts";

/** A file or folder that a command made, as its result names it. */
export interface KeptOut {
  /** Last part of its path. */
  readonly name: string;
  /** DVC's: `.dir` behind that of a folder. */
  readonly md5: string;
  readonly bytes: number;
}

/** An out that a command was to write is not there. */
export class MissingOutError extends StemmaError {
  readonly out: string;

  constructor(out: string, message: string) {
    super("MISSING_OUT", message);
    this.out = out;
  }
}

/** Keeps what a command wrote. @throws {MissingOutError} it wrote nothing there */
export async function keepOut(project: Project, path: string, out: string): Promise<KeptOut> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new MissingOutError(
      out,
      `The command ended, and did not write its out "${out}" to ${path}. Put {${out}} where it gets the path.`,
    );
  }
  const objects = objectsOf(project);
  const name = basename(path);
  if (!stat.isDirectory()) return { name, md5: await objects.putFile(path), bytes: stat.size };
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const kept = await objects.putFiles(files);
  const entries = kept.map(({ md5, bytes }, i) => ({
    md5,
    bytes,
    relpath: relative(path, files[i] ?? "")
      .split(sep)
      .join("/"),
  }));
  const md5 = objects.put(printDir(entries), { dir: true });
  return { name, md5, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Whether the bytes of all outs of a kept result are still there. */
export function outsThere(project: Project, result: string): boolean {
  const { has } = objectsOf(project);
  return Object.values(JSON.parse(result) as Readonly<Record<string, KeptOut>>).every(({ md5 }) => has(md5));
}

/** What a command's result is to the steps that use it: the path of each out. Each is there when its text is read. */
export function outsValue(project: Project, result: string): Value {
  const outs = Object.entries(JSON.parse(result) as Readonly<Record<string, KeptOut>>);
  return recordOf(
    Object.fromEntries(
      outs.map(([out, kept]) => {
        const words = `out ${kept.name} ${kept.md5}`;
        const text = (): string => JSON.stringify(keptPath(project, kept, out));
        const value: Value = { digest: sha256(words), text, portable: () => JSON.stringify(words) };
        return [out, value];
      }),
    ),
  );
}

/** Puts the outs that a command writes to a place of their own back there, where they are missing; nobody's file is replaced. */
export function restoreOuts(
  project: Project,
  result: string,
  { command, folder }: { readonly command: CommandPlan; readonly folder: string },
): void {
  const used = placeholders(command.command);
  for (const [out, kept] of Object.entries(JSON.parse(result) as Readonly<Record<string, KeptOut>>)) {
    const path = command.outs[out];
    if (path === undefined || used.includes(out) || existsSync(join(folder, path))) continue;
    copyOut(project, kept, { out, path: join(folder, path), link: false });
  }
}

// One path for each content and name: whoever has it may keep it, nothing is written there again.
function keptPath(project: Project, kept: KeptOut, out: string): string {
  const path = join(project.stemmaFolder, "outs", kept.md5.slice(0, 2), kept.md5.slice(2), kept.name);
  if (!existsSync(path)) copyOut(project, kept, { out, path, link: true });
  return path;
}

interface Copy {
  readonly out: string;
  readonly path: string;
  /** A link to the store's own bytes, which must not be written to. */
  readonly link: boolean;
}

// Beside its place first: a half-copied file never has the name.
function copyOut(project: Project, { md5 }: KeptOut, { out, path, link }: Copy): void {
  const objects = objectsOf(project);
  if (!objects.has(md5)) {
    throw new MissingOutError(
      out,
      `The bytes of out "${out}" (md5 ${md5}) are gone from ${objects.folder}. Run the flow again.`,
    );
  }
  const aside = `${path}.${process.pid}.tmp`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  if (md5.endsWith(".dir")) {
    for (const entry of parseDir(objects.get(md5).toString("utf8"), objects.pathOf(md5))) {
      copyFile(objects.pathOf(entry.md5), join(aside, entry.relpath), link);
    }
    mkdirSync(aside, { recursive: true });
  } else copyFile(objects.pathOf(md5), aside, link);
  try {
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    // Another process was first, with the same bytes.
    if (!existsSync(path)) throw error;
  }
}

function copyFile(from: string, to: string, link: boolean): void {
  mkdirSync(dirname(to), { recursive: true });
  if (link) {
    try {
      linkSync(from, to);
      return;
    } catch {
      // A file system without links: a copy serves as well.
    }
  }
  copyFileSync(from, to);
}

function objectsOf(project: Project): ReturnType<typeof openObjects> {
  return openObjects(join(project.stemmaFolder, "objects"));
}
