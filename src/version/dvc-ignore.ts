import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";

const always = [".hg/", ".git/", ".git", ".dvc/"];
/** The same, for the many projects that have no `.dvcignore`: a pattern costs a tenth of what the rules of one cost. */
const alwaysPattern = /(?:^|\/)(?:\.git(?:\/|$)|\.(?:hg|dvc)\/)/;

/** Which paths of a project DVC does not see: `.dvcignore` files in gitignore's syntax, a deeper one wins. */
export interface DvcIgnore {
  /** @param path from the project's root, with `/`; the folders above it are seen */
  ignores(path: string, folder: boolean): boolean;
  /** The same, also for what lies in an ignored folder. */
  hides(path: string, folder: boolean): boolean;
}

/** Reads `.dvcignore` files as they are needed. */
export function readDvcIgnore(root: string): DvcIgnore {
  const rules = new Map<string, Rules | null>();
  const rulesOf = (folder: string): Rules | null => {
    const known = rules.get(folder);
    if (known !== undefined) return known;
    const read = readRules(join(root, folder, ".dvcignore"), folder === "" ? always : []);
    rules.set(folder, read);
    return read;
  };
  const ignores = (path: string, folder: boolean): boolean => {
    for (let above = parentOf(path); ; above = parentOf(above)) {
      const inside = above === "" ? path : path.slice(above.length + 1);
      const verdict = rulesOf(above)?.test(folder ? `${inside}/` : inside);
      if (verdict?.ignored === true) return true;
      if (verdict?.unignored === true || above === "") return false;
    }
  };
  const hides = (path: string, folder: boolean): boolean =>
    ignores(path, folder) || (path.includes("/") && hides(parentOf(path), true));
  return { ignores, hides };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

type Rules = Pick<Ignore, "test">;

const onlyAlways: Rules = { test: (path) => ({ ignored: alwaysPattern.test(path), unignored: false }) };

function readRules(path: string, first: readonly string[]): Rules | null {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (text === "") return first.length === 0 ? null : onlyAlways;
  return ignore({ ignorecase: false })
    .add([...first])
    .add(text);
}
