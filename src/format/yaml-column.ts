import { yamlEntries } from "./python-text.ts";
import { printYaml } from "./yaml-print.ts";
import { isYamlMap, type YamlKey, type YamlMap, type YamlValue } from "./yaml-value.ts";

/** A value on one line, as it stands behind a key. */
export function scalarText(value: YamlValue): string {
  return printYaml({ x: value }).slice(2).trim();
}

/** A collection as it is printed in a column, so that long texts fold where they would. */
export function printAt(value: YamlMap | readonly YamlValue[], column: number): string {
  if (column % 2 !== 0) return indented(printYaml(value), column);
  let nested: YamlMap | readonly YamlValue[] = value;
  for (let depth = 0; depth < column; depth += 2) nested = new Map<YamlKey, YamlValue>([["x", nested]]);
  const text = printYaml(nested);
  const lines = text.split("\n").slice(column / 2);
  return Array.isArray(value) ? indented(printYaml(value), column) : lines.join("\n");
}

function indented(text: string, column: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(column));
}

/** A value between brackets or braces. */
export function flowText(value: YamlValue): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (isYamlMap(value)) {
    return `{${yamlEntries(value)
      .map(([key, item]) => `${flowText(key as YamlValue)}: ${flowText(item)}`)
      .join(", ")}}`;
  }
  if (typeof value === "string" && /[,[\]{}]/.test(value)) return JSON.stringify(value);
  return scalarText(value);
}
