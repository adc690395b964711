import { isYamlMap, pythonText, type YamlMap, type YamlValue, yamlEntries } from "../../format/index.ts";
import { PipelineError } from "../pipeline-error.ts";

/** One `${…}` in a text. */
export interface Expression {
  readonly from: number;
  readonly to: number;
  readonly inner: string;
}

/** A template is malformed, or what it names cannot stand where it stands. */
export class TemplateError extends PipelineError {}

/** The `${…}` of a text; `\${` is none. */
export function expressionsIn(text: string): readonly Expression[] {
  return [...text.matchAll(/(?<!\\)\$\{(.*?)\}/g)].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
    inner: match[1] ?? "",
  }));
}

export function isTemplate(value: unknown): boolean {
  return typeof value === "string" && expressionsIn(value).length > 0;
}

/**
 * Sees to it that each `${…}` at any depth is a name with `.name` and `[name]` behind it (dvc/parsing/interpolate.py, get_parser).
 *
 * @throws {TemplateError} with the text and a `^` under the place
 */
export function checkTemplates(value: YamlValue): void {
  if (typeof value === "string") for (const { inner } of expressionsIn(value)) checkExpression(inner);
  else if (Array.isArray(value)) value.forEach(checkTemplates);
  else if (isYamlMap(value)) {
    for (const [key, item] of yamlEntries(value)) {
      checkTemplates(key as YamlValue);
      checkTemplates(item);
    }
  }
}

function checkExpression(inner: string): void {
  const good = /^[^.[\]]+(?:\.[^.[\]]+|\[[^.[\]]+\])*/.exec(inner)?.[0].length ?? 0;
  if (good === inner.length && inner !== "") return;
  const found = inner[good] === undefined ? "end of text" : `'${inner[good]}'`;
  throw new TemplateError(
    `\${${inner}}\n${" ".repeat(good + 2)}^\nParseException: want a name, with .name or [name] behind it, got ${found}`,
  );
}

export interface DictStyle {
  /** `store_true` writes only what is true, `boolean_optional` a `--no-` for what is false. */
  readonly bool: "store_true" | "boolean_optional";
  /** `nargs` writes `--k a b`, `append` `--k a --k b`. */
  readonly list: "nargs" | "append";
}

/** A value inside of a text: `true`, `1.0`, `None`; a mapping as options of a command line. */
export function templateText(value: YamlValue, style: DictStyle): string {
  if (typeof value === "boolean") return value ? "true" : "false";
  return isYamlMap(value) ? optionsOf(value, style) : pythonText(value);
}

function optionsOf(map: YamlMap, style: DictStyle): string {
  return flattened(map)
    .flatMap(([key, value]) => optionOf(key, value, style))
    .join(" ");
}

function optionOf(key: string, value: YamlValue, style: DictStyle): readonly string[] {
  if (value === true) return [`--${key}`];
  if (value === false) return style.bool === "boolean_optional" ? [`--no-${key}`] : [];
  if (!Array.isArray(value)) return [`--${key} ${argument(value)}`];
  const items = value.map((item: YamlValue) => {
    if (Array.isArray(item) || isYamlMap(item))
      throw new TemplateError(`Cannot interpolate nested iterable in '${key}'`);
    return argument(item);
  });
  if (items.length === 0) return [];
  return style.list === "append" ? items.map((item) => `--${key} ${item}`) : [`--${key} ${items.join(" ")}`];
}

function argument(value: YamlValue): string {
  return typeof value === "string" ? shellQuoted(value) : pythonText(value);
}

/** The leaves of a mapping by their path, `a.b.c`; a mapping without entries has none. */
export function flattened(map: YamlMap, prefix = ""): readonly (readonly [string, YamlValue])[] {
  return yamlEntries(map).flatMap(([key, value]) => {
    const path = `${prefix}${pythonText(key)}`;
    return isYamlMap(value) ? flattened(value, `${path}.`) : [[path, value] as const];
  });
}

// Python's shlex.quote.
function shellQuoted(text: string): string {
  if (text === "") return "''";
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
