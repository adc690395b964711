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

const piece = /\s*(?:"([^"]*)"|'([^']*)'|([^,#"']*[^,#"'\s]|))\s*(,|#.*$|$)/y;

function parseValue(text: string, at: string): ConfigValue {
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
