import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Draft, Use } from "./draft.ts";
import { type Binding, importBindings } from "./file-imports.ts";
import type { ImportFacts } from "./imports.ts";
import { type LocalFile, localFile } from "./local-file.ts";
import { type ImportTarget, importTarget } from "./packages.ts";
import type { FreeName } from "./references.ts";
import { cannotGo, keep, type Surrounding, type Walk } from "./walk.ts";

/** An import statement that a name in a function comes from. */
export interface Statement extends Binding {
  /** The file in which it stands. */
  readonly importer: string;
  readonly target: ImportTarget | null;
}

/** The import statement of a name, from the syntax of the function's own file; null where the name is none of an import. */
export function statementOf(free: FreeName, { script, scopes, module }: Surrounding): Statement | null {
  const binding = script?.file == null ? undefined : importBindings(script).get(free.name);
  if (script?.file == null || binding === undefined) return null;
  const scope = scopes.find((variables) => Object.hasOwn(variables, free.name));
  // A variable of a function around hides the import; Vite's names are its own.
  if (scope !== undefined && module !== null && scope !== module) return null;
  return { ...binding, importer: script.file, target: importTarget(binding.specifier, script.file) };
}

/** Notes what a file imports from packages: a value that a step uses may be one of their exports. */
export function noteModules({ script, scopes, module }: Surrounding, walk: Walk): void {
  if (script?.file == null || walk.files.has(script.file)) return;
  const { file: importer } = script;
  walk.files.add(importer);
  const top = module ?? scopes.at(-1);
  for (const [local, { specifier, exported }] of top === undefined ? [] : importBindings(script)) {
    const target = importTarget(specifier, importer);
    const value = top !== undefined && Object.hasOwn(top, local) ? top[local] : undefined;
    if (target?.kind !== "package") continue;
    // The engine shows no namespace that no function uses: then only that it was imported is known.
    const module = typeof value === "object" ? value : null;
    const exports = exported === "*" ? module : { [exported]: value };
    walk.modules.push({ specifier, name: target.name, version: target.version, importer, exports });
  }
}

/**
 * The use of a name as an import: of a package always, of a local file where it has to be imported.
 * Null for what is brought along by value, and for Node's own modules, which are known by identity.
 */
export function statementImport(free: FreeName, statement: Statement | null, walk: Walk): Use | null {
  if (statement?.target == null || statement.target.kind === "builtin") return null;
  const [first] = free.members;
  const member = statement.exported === "*" ? first : undefined;
  const exported = member?.name ?? statement.exported;
  const facts = factsOf({ ...statement, exported }, walk);
  if (facts === null) return null;
  const label = exported === "*" || exported === "default" ? (member?.name ?? free.name) : exported;
  const draft = imported(facts, label, walk);
  return { node: member?.node ?? free.node, shorthand: member === undefined && free.shorthand, draft };
}

function factsOf({ target, exported, importer }: Statement, walk: Walk): ImportFacts | null {
  if (target?.kind === "package") {
    const { specifier, version } = target;
    return { specifier, version, exported, importer, content: null };
  }
  return target?.kind === "file" ? fileFacts(target.file, exported, walk) : null;
}

function fileFacts(file: string, exported: string, walk: Walk): ImportFacts | null {
  if (exported === "*" && localFile(file).importable) walk.whole.add(file);
  if (!walk.whole.has(file)) return null;
  const { digest } = localFile(file);
  const path = relative(walk.finder.folder, file).split(sep).join("/");
  if (isChanged(file, digest))
    cannotGo(`it needs ${path}, which was changed after this process had read it`, { ...walk, home: null }, startAgain);
  return { specifier: specifierOf(path, file), version: null, exported, importer: null, content: digest };
}

const startAgain = "Start the process again";

const first = new Map<string, LocalFile["digest"]>();

// A module is read once: threads that live longer than a change would not see it.
function isChanged(file: string, digest: string): boolean {
  const before = first.get(file) ?? digest;
  first.set(file, before);
  return before !== digest;
}

function specifierOf(path: string, file: string): string {
  if (/^([a-z]:|\/)/i.test(path)) return pathToFileURL(file).href;
  const escaped = encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  return escaped.startsWith("../") ? escaped : `./${escaped}`;
}

function imported(facts: ImportFacts, label: string, walk: Walk): Draft {
  const { specifier, version, content, exported } = facts;
  const key = JSON.stringify([specifier, content ?? version, exported]);
  const known = walk.imports.get(key);
  if (known !== undefined) return known;
  const draft = keep(facts, { kind: "import", label, ...facts }, walk);
  walk.imports.set(key, draft);
  return draft;
}
