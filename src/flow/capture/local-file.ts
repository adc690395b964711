import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, relative, sep } from "node:path";
import { sha256 } from "../encoding/index.ts";
import { isNode, type Node, parsed, walk } from "../syntax/index.ts";
import { type ImportTarget, importTarget } from "./packages.ts";

/** A file of the user's own that a step may import. */
export interface LocalFile {
  /** Digest of its text and of all that it imports, by way of others too; packages by name and version. */
  readonly digest: string;
  /** Whether plain Node can load it in a thread: not the program itself, nothing that only a bundler understands. */
  readonly importable: boolean;
}

/** @param file an absolute path, links resolved */
export function localFile(file: string): LocalFile {
  const found = new Map<string, string>();
  const closed: string[] = [];
  const visit = (path: string): void => {
    if (found.has(path)) return;
    const text = readFileSync(path);
    const name = relative(dirname(file), path).split(sep).join("/");
    found.set(path, `${name} ${sha256(String(text))}`);
    const { importable, targets } = readFile(path, String(text));
    if (!importable || path === program()) closed.push(path);
    for (const target of targets) {
      if (target.kind === "file") visit(target.file);
      if (target.kind === "package") found.set(target.name, `${target.name}@${target.version}`);
    }
  };
  visit(file);
  return { digest: sha256(JSON.stringify([...found.values()].sort())), importable: closed.length === 0 };
}

// To import the program again would run it again.
function program(): string | null {
  try {
    return realpathSync.native(process.argv[1] ?? "");
  } catch {
    return null;
  }
}

interface ReadFile {
  readonly importable: boolean;
  readonly targets: readonly ImportTarget[];
}

const closed: ReadFile = { importable: false, targets: [] };

function readFile(file: string, text: string): ReadFile {
  const ending = extname(file);
  if (ending === ".json" || ending === ".node" || ending === ".wasm") return { importable: true, targets: [] };
  const typed = /^\.[mc]?ts$/.test(ending);
  if (!typed && !/^\.[mc]?js$/.test(ending)) return closed;
  if (typed && !process.features.typescript) return closed;
  const nodes = nodesOf(text);
  if (nodes === null) return closed;
  const imports = nodes.flatMap((node) => importOf(node, file));
  const targets = imports.map(({ target }) => target).filter((target) => target !== null);
  const lost = imports.some(({ target, later }) => target === null && !later);
  return { importable: !lost && !nodes.some(makesCode), targets };
}

function nodesOf(text: string): readonly Node[] | null {
  try {
    return [...walk(parsed(text))];
  } catch {
    return null;
  }
}

/** TypeScript that Node cannot strip, for it stands for code. */
function makesCode(node: Node): boolean {
  if (node["declare"] === true) return false;
  return /^TS(EnumDeclaration|ModuleDeclaration|ParameterProperty|ImportEqualsDeclaration|ExportAssignment)$/.test(
    node.type,
  );
}

interface Import {
  readonly target: ImportTarget | null;
  /** Looked for only when that line runs. */
  readonly later: boolean;
}

function importOf(node: Node, file: string): readonly Import[] {
  if (node["importKind"] === "type" || node["exportKind"] === "type") return [];
  const called = node.type === "CallExpression" && isNode(node["callee"]) && node["callee"]["name"] === "require";
  const source = called ? (node["arguments"] as readonly unknown[])[0] : node["source"];
  if (!isNode(source) || typeof source["value"] !== "string") return [];
  const target = called ? required(source["value"], file) : importTarget(source["value"], file);
  return [{ target, later: called || node.type === "ImportExpression" }];
}

// require() also finds files by names without their endings.
function required(specifier: string, file: string): ImportTarget | null {
  if (!/^\.{1,2}\//.test(specifier)) return importTarget(specifier, file);
  try {
    return importTarget(createRequire(file).resolve(specifier), file);
  } catch {
    return null;
  }
}
