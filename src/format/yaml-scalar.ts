/** What ruamel.yaml's YAML 1.2 mode makes of a plain scalar, and which styles it allows a text (ruamel.yaml 0.19: resolver.py, emitter.py). */

export type ScalarKind = "string" | "null" | "boolean" | "integer" | "float" | "timestamp" | "merge" | "value";

interface Resolver {
  readonly kind: ScalarKind;
  readonly first: string;
  readonly pattern: RegExp;
}

const resolvers: readonly Resolver[] = [
  { kind: "boolean", first: "tTfF", pattern: /^(?:true|True|TRUE|false|False|FALSE)$/ },
  {
    kind: "float",
    first: "-+0123456789.",
    pattern:
      /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  },
  {
    kind: "integer",
    first: "-+0123456789",
    pattern: /^(?:[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$/,
  },
  { kind: "merge", first: "<", pattern: /^<<$/ },
  { kind: "null", first: "~nN", pattern: /^(?:~|null|Null|NULL)$/ },
  {
    kind: "timestamp",
    first: "0123456789",
    pattern:
      /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
  },
  { kind: "value", first: "=", pattern: /^=$/ },
];

/** What a plain (unquoted) scalar means. */
export function plainKind(text: string): ScalarKind {
  if (text === "") return "null";
  const first = text.charAt(0);
  return resolvers.find((resolver) => resolver.first.includes(first) && resolver.pattern.test(text))?.kind ?? "string";
}

export interface Analysis {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly singleQuoted: boolean;
}

const breaks = "\n\u0085\u2028\u2029";
const whitespace = `\0 \t\r${breaks}`;

/** Which styles a text may have in block context. */
export function analyze(text: string): Analysis {
  if (text === "") return { multiline: false, plain: true, singleQuoted: true };
  const characters = Array.from(text);
  const multiline = characters.some((character) => breaks.includes(character));
  const edges = ` ${breaks}`;
  const bare = edges.includes(text.charAt(0)) || edges.includes(text.charAt(text.length - 1));
  const special = characters.some(isSpecial);
  const breakSpace = /[\n\u0085\u2028\u2029] /.test(text);
  const spaceBreak = / [\n\u0085\u2028\u2029]/.test(text);
  return {
    multiline,
    plain: !(bare || special || breakSpace || spaceBreak || multiline || hasIndicator(characters)),
    singleQuoted: !(special || breakSpace || spaceBreak),
  };
}

function isSpecial(character: string): boolean {
  return character !== "\n" && !isPrintable(character);
}

/** Whether ruamel writes a character as it is, not as an escape. */
export function isPrintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0xfeff) return false;
  return (
    (code >= 0x20 && code <= 0x7e) ||
    code === 0x85 ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    code >= 0x10000
  );
}

function hasIndicator(characters: readonly string[]): boolean {
  const text = characters.join("");
  if (text.startsWith("---") || text.startsWith("...")) return true;
  const [first = "", second] = characters;
  if ("#,[]{}&*!|>'\"%@`".includes(first)) return true;
  if ("?:-".includes(first) && (second === undefined || whitespace.includes(second))) return true;
  return characters.some((character, i) => i > 0 && separates(characters, i, character));
}

// ": " and " #" end a plain scalar.
function separates(characters: readonly string[], i: number, character: string): boolean {
  const before = characters[i - 1] ?? "";
  const after = characters[i + 1];
  if (character === ":") return after === undefined || whitespace.includes(after);
  return character === "#" && whitespace.includes(before);
}
