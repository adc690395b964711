import { FormatError } from "./format-error.ts";

/** A value of `.dvc/config`: a comma makes a list. */
export type ConfigValue = string | readonly string[];

/** `.dvc/config`: by section, then key, both in lower case; `['remote "myr"']` is the section `remote "myr"`. */
export type DvcConfig = ReadonlyMap<string, ReadonlyMap<string, ConfigValue>>;

/**
 * What a `.dvc/config` or `config.local` says: the INI dialect of Python's ConfigObj, with its quotes, `#` comments and comma lists.
 *
 * @throws {FormatError} ".dvc/config:3: …"
 */
export function parseDvcConfig(text: string, path: string): DvcConfig {
  const config = new Map<string, Map<string, ConfigValue>>();
  let section = new Map<string, ConfigValue>();
  text.split(/\r?\n/).forEach((line, i) => {
    const content = line.trim();
    if (content === "" || content.startsWith("#")) return;
    const at = `${path}:${i + 1}`;
    if (content.startsWith("[")) {
      const name = sectionName(content, at);
      section = config.get(name) ?? new Map<string, ConfigValue>();
      config.set(name, section);
      return;
    }
    const equals = content.indexOf("=");
    if (equals <= 0) throw new FormatError(`${at}: want "key = value", got ${JSON.stringify(content)}`);
    section.set(unquoted(content.slice(0, equals).trim()).toLowerCase(), parseValue(content.slice(equals + 1), at));
  });
  return config;
}

function sectionName(content: string, at: string): string {
  const name = /^\[([^[].*?)\]\s*(#.*)?$/.exec(content)?.[1];
  if (name === undefined) throw new FormatError(`${at}: want a [section], got ${JSON.stringify(content)}`);
  return unquoted(name.trim()).toLowerCase();
}

const tripled = /^\s*("""|''')(.*?)\1\s*(#.*)?$/;
const piece = /\s*(?:"([^"]*)"|'([^']*)'|([^,#"'](?:[^,#]*[^,#\s])?|))\s*(,|#.*$|$)/y;

function parseValue(text: string, at: string): ConfigValue {
  const triple = tripled.exec(text)?.[2];
  if (triple !== undefined) return triple;
  const items: string[] = [];
  let comma = false;
  piece.lastIndex = 0;
  while (piece.lastIndex <= text.length) {
    const match = piece.exec(text);
    if (match === null)
      throw new FormatError(`${at}: cannot read the value ${JSON.stringify(text.trim())}; put it in quotes`);
    const [, double, single, bare = "", end = ""] = match;
    const quoted = double ?? single;
    const last = !end.startsWith(",");
    // "a," is a list of one.
    if (!(last && comma && quoted === undefined && bare === "")) items.push(quoted ?? bare);
    if (last) break;
    comma = true;
  }
  return comma ? items : (items[0] ?? "");
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}

const named = /^(remote|machine|db) "(.*)"$/s;

/**
 * The text of a configuration as DVC writes it (dvc/config.py, _pack_named; configobj, _quote): sections without a name
 * in their order, those that are empty left out, then remotes, machines and databases.
 *
 * @throws {FormatError} a value with a line break
 */
export function printDvcConfig(config: DvcConfig): string {
  const rank = (name: string): number => ["remote", "machine", "db"].indexOf(named.exec(name)?.[1] ?? "");
  const text = [...config]
    .filter(([name, section]) => named.test(name) || section.size > 0)
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .map(([name, section]) => `[${printScalar(name)}]\n${[...section].map(printEntry).join("")}`)
    .join("");
  return text === "" ? "\n" : text;
}

function printEntry([key, value]: readonly [string, ConfigValue]): string {
  return `    ${printScalar(key)} = ${typeof value === "string" ? printText(value) : printList(value)}\n`;
}

function printList(items: readonly string[]): string {
  const [only] = items;
  if (items.length <= 1) return only === undefined ? "," : `${printScalar(only)},`;
  return items.map(printScalar).join(", ");
}

function printText(text: string): string {
  if (!(text.includes("'") && text.includes('"'))) return printScalar(text);
  return text.includes('"""') ? `'''${text}'''` : `"""${text}"""`;
}

function printScalar(text: string): string {
  if (text === "") return '""';
  if (/[\n\r]/.test(text))
    throw new FormatError(`${JSON.stringify(text)} has a line break, which DVC's config cannot hold`);
  if (!/^[\s'"]|[\s'"]$|[,#]/.test(text)) return text;
  if (text.includes("'") && text.includes('"')) {
    throw new FormatError(`${JSON.stringify(text)} has both kinds of quotes, which DVC's config cannot hold there`);
  }
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}
