import { type CodeParts, type Source, theItem } from "./key.ts";
import { programSources, shownPath } from "./program-sources.ts";

/** What a step ran with, then or now. */
export interface RanWith {
  readonly code: string;
  readonly parts: CodeParts;
  readonly sources: readonly Source[];
}

/** Why a step that ran before runs again, in the user's words. */
export function changeReason(then: RanWith, now: RanWith): string {
  if (then.code !== now.code) return folderChange(then.parts, now.parts) ?? codeChange(then.parts, now.parts);
  const before = new Map(then.sources.map(({ what, digest }) => [what, digest]));
  const changed = now.sources.filter(({ what, digest }) => before.get(what) !== digest);
  if (changed.length > 0 && changed.every(({ what }) => what === theItem)) return "new item";
  if (changed.length > 0) return sentence(changed.map(({ what }) => ({ what, cell: "" })));
  return then.sources.length === now.sources.length ? "its result is gone" : "its inputs changed";
}

let days: Intl.DateTimeFormat | null = null;
let times: Intl.DateTimeFormat | null = null;

/** When a result was made: "same code and inputs as on 3 May, 14:02". */
export function cachedReason(timeMs: number): string {
  // Made once: a map of 10,000 cached items asks as often, and making one takes as long as finding the result.
  days ??= new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
  times ??= new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
  const [day, time] = [days.format(timeMs), times.format(timeMs)];
  return `same code and inputs as on ${day}, ${time}`;
}

// Of a command that is the same but for its folder; null where it changed itself, or nothing of that kind did.
function folderChange(then: CodeParts, now: CodeParts): string | null {
  const [from, to] = [then, now].map((parts) => parts.find(({ kind }) => kind === "folder")?.from ?? null);
  if (from === to || then.at(-1)?.digest !== now.at(-1)?.digest) return null;
  return `runs in another folder: ${folderName(to)} instead of ${folderName(from)}`;
}

function folderName(path: string | null | undefined): string {
  return path == null ? "the project's own" : `${path}/`;
}

function codeChange(then: CodeParts, now: CodeParts): string {
  const before = new Map(then.map((part) => [part.name, part]));
  const entry = now.at(-1);
  const changed = now.filter((part) => part.kind !== "folder" && before.get(part.name)?.digest !== part.digest);
  const known = changed.filter((part) => part !== entry && before.has(part.name));
  // A new helper comes with a change of the code that calls it: the changes of what was there say more.
  const told = known.length > 0 ? known : changed.filter((part) => part === entry);
  const words = told.map((part) => partName(part, part === entry, before.get(part.name)?.from ?? null));
  return words.length === 0 ? `code of ${entry?.name ?? "the step"} changed` : sentence(words);
}

interface Changed {
  readonly what: string;
  /** " (cell 4)", " (lib/scale.ts)", or nothing. */
  readonly cell: string;
}

function partName(part: CodeParts[number], isEntry: boolean, from: string | null): Changed {
  // Two helpers of one name are told apart by a number that the user never wrote.
  const name = part.name.replace(/\$\d+$/, "");
  const cell = placeOf(name, part.file ?? null);
  if (isEntry) return { what: `code of ${name}`, cell };
  if (part.kind === "import") {
    const other = from !== null && from !== part.from;
    if (!other && part.from?.startsWith(".")) return { what: `file ${part.from.replace(/^\.\//, "")}`, cell: "" };
    return { what: other ? `package ${from} (now ${part.from})` : `import ${name}`, cell: "" };
  }
  return { what: part.kind === "function" ? `helper ${name}()` : `constant ${name}`, cell };
}

function sentence(changes: readonly Changed[]): string {
  const [only] = changes;
  if (changes.length === 1 && only !== undefined) return `${only.what} changed${only.cell}`;
  const names = new Set(changes.map(({ what, cell }) => what + cell));
  const more = names.size - 3;
  return `${[...names].slice(0, 3).join(", ")}${more > 0 ? ` and ${more} more` : ""} changed`;
}

// In a notebook: the file that it stands in, else the latest cell that declares the name. A guest kernel that keeps no sources tells none.
function placeOf(name: string, file: string | null): string {
  const sources = programSources().filter(({ cell }) => cell !== null);
  if (file !== null) return sources.length === 0 ? "" : ` (${shownPath(file)})`;
  const declares = new RegExp(`(?:function\\*?|class|const|let|var)\\s+${name.replace(/\$/g, "\\$&")}\\b`);
  const cell = sources.findLast(({ source }) => declares.test(source))?.cell ?? null;
  return cell === null ? "" : ` (cell ${cell})`;
}
