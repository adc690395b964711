import { quotedAt } from "./shell-quotes.ts";

const pattern = /\{\{|\}\}|\$\{[^}]*\}|\{([A-Za-z_][\w-]*)\}/g;

/** The names in braces that a command's text has; `${HOME}` is the shell's, `{{` a brace. */
export function placeholders(command: string): readonly string[] {
  return [...command.matchAll(pattern)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** The first name in braces that stands within quotes of the command's own; null where none does. */
export function quotedPlaceholder(command: string): string | null {
  const isQuoted = quotedAt(command);
  return (
    [...command.matchAll(pattern)].find(({ 1: name, index }) => name !== undefined && isQuoted(index))?.[1] ?? null
  );
}

/** The command's text for the shell, with a value for each name. */
export function filled(command: string, values: Readonly<Record<string, unknown>>): string {
  return replaced(command, { name: (name) => quoted(textOf(values[name])), variable: (text) => text });
}

/** The command's text with other words for its names in braces, and for the shell's own `${HOME}`; `{{` is a brace. */
export function replaced(
  command: string,
  words: { readonly name: (name: string) => string; readonly variable: (text: string) => string },
): string {
  return command.replace(pattern, (found, name: string | undefined) => {
    if (name !== undefined) return words.name(name);
    return found.startsWith("$") ? words.variable(found) : found.slice(0, 1);
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function quoted(text: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(text) && !text.startsWith("-")) return text;
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return text;
  return process.platform === "win32" ? `"${text.replaceAll('"', '""')}"` : `'${text.replaceAll("'", "'\\''")}'`;
}
