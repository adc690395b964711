import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The files and folders that shell patterns name, as Python's `glob(recursive=True)` finds them: `*` and `?` inside of a name,
 * `[…]`, `**` for any folders; hidden names only where the pattern says so. A text without a pattern is a path that must be there.
 *
 * @param folder that the patterns are relative to
 * @returns in the order of the patterns, then by name
 */
export function globTargets(folder: string, patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => {
    const parts = pattern.split("/").filter((part, i) => part !== "" || i === 0);
    return [...new Set(matching(folder, "", parts))].toSorted();
  });
}

function matching(folder: string, prefix: string, parts: readonly string[]): readonly string[] {
  const [part, ...rest] = parts;
  if (part === undefined) return prefix === "" ? [] : [prefix];
  if (part === "" && prefix === "") return matching(folder, "/", rest);
  const names = namesIn(join(folder, prefix));
  const inner = (name: string): string => (prefix === "" ? name : prefix === "/" ? `/${name}` : `${prefix}/${name}`);
  if (part === "**") {
    const below = names.filter((name) => !name.startsWith(".")).map(inner);
    const deeper = below.flatMap((path) => matching(folder, path, parts));
    return rest.length === 0 ? [...below, ...deeper] : [...matching(folder, prefix, rest), ...deeper];
  }
  const rule = ruleOf(part);
  return names
    .filter((name) =>
      rule === null ? name === part : rule.test(name) && (part.startsWith(".") || !name.startsWith(".")),
    )
    .flatMap((name) => matching(folder, inner(name), rest));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // A file, or nothing: there is nothing below it.
    if (["ENOTDIR", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

/** null for a part that is a name as it is. */
function ruleOf(part: string): RegExp | null {
  if (!/[*?[]/.test(part)) return null;
  const source = part.replace(
    /\[(!?)([^\]]+)\]|[*?]|[.+^${}()|\\\]]/g,
    (found, not: string, set: string | undefined) => {
      if (set !== undefined) return `[${not === "" ? "" : "^"}${set.replaceAll("\\", "\\\\")}]`;
      if (found === "*") return ".*";
      return found === "?" ? "." : `\\${found}`;
    },
  );
  return new RegExp(`^${source}$`, "su");
}
