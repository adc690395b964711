import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { StemmaError } from "../../error.ts";
import { parseDir } from "../../format/index.ts";
import type { Objects, Project } from "../../store/index.ts";
import { sha256 } from "../encoding/index.ts";
import { keptObjects, withRoom } from "../keep/index.ts";
import type { CommandPlan } from "../plan/index.ts";
import { keepFile, recordOf, type Value, valuePlace } from "../values/index.ts";
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
  if (!existsSync(path)) {
    throw new MissingOutError(
      out,
      `The command ended, and did not write its out "${out}" to ${path}. Put {${out}} where it gets the path.`,
    );
  }
  const { name, md5, bytes } = await keepFile(path, valuePlace(project, dirname(path)));
  return { name, md5, bytes };
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

// Beside its place first: a half-copied file never has the name, and two machines of a cluster don't write to the same one.
function copyOut(project: Project, { md5 }: KeptOut, { out, path, link }: Copy): void {
  const objects = objectsOf(project);
  if (!objects.has(md5)) {
    throw new MissingOutError(
      out,
      `The bytes of out "${out}" (md5 ${md5}) are gone from ${objects.folder}. Run the flow again.`,
    );
  }
  const aside = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    withRoom(path, () => copyAside(objects, md5, { path: aside, link }));
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    // Another process was first, with the same bytes.
    if (!existsSync(path)) throw error;
  }
}

function copyAside(objects: Objects, md5: string, { path, link }: Pick<Copy, "path" | "link">): void {
  mkdirSync(dirname(path), { recursive: true });
  if (md5.endsWith(".dir")) {
    mkdirSync(path, { recursive: true });
    for (const entry of parseDir(objects.get(md5).toString("utf8"), objects.pathOf(md5)))
      copyFile(objects.pathOf(entry.md5), join(path, entry.relpath), link);
  } else copyFile(objects.pathOf(md5), path, link);
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

function objectsOf(project: Project): Objects {
  return keptObjects(join(project.stemmaFolder, "objects"));
}
