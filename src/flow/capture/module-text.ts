import { objectsIn } from "../keep/index.ts";
import type { CapturedStep, Part } from "./part.ts";

/**
 * The step as the text of a function body that gives the step's function: what a thread runs.
 * It wants `$decode` (the codec's), `$value` (of what points to objects), `$pick`, `$import` and `require` around it, and may use `import()`.
 */
export function runnableText(step: CapturedStep): string {
  const entry = step.parts.at(-1)?.name ?? "";
  return `"use strict";\n${step.parts.map((part) => `${runnable(part)}\n`).join("")}return ${entry};\n`;
}

/** The file that a line of {@link runnableText} was taken from; null: a cell, or none. Lines are counted from 1. */
export function fileOfLine({ parts }: CapturedStep, line: number): string | null {
  // Behind the line of "use strict".
  let last = 1;
  for (const part of parts) {
    last += runnable(part).split("\n").length;
    if (line <= last) return part.kind === "function" ? part.file : null;
  }
  return null;
}

/** Longer constants are kept beside the module, by their digest. */
const inlineLength = 4096;

/** The constants of a step that are too long to stand in its module. */
export function largeValues({ parts }: CapturedStep): readonly (Part & { kind: "constant" })[] {
  return parts.filter((part) => part.kind === "constant").filter(({ text }) => text.length > inlineLength);
}

/** The step as an ECMAScript module with the function as its default export: what is kept, and what a reader sees. */
export function moduleText(step: CapturedStep): string {
  const entry = step.parts.at(-1)?.name ?? "";
  return `${step.parts.map((part) => `${shown(part)}\n`).join("")}export default ${entry};\n`;
}

function shown(part: Part): string {
  if (part.kind === "import") return staticImport(part);
  if (part.kind !== "constant" || part.text.length <= inlineLength) return declared(part);
  return `const ${part.name} = $value("${part.digest}"); // ${part.text.length} characters, kept with the results`;
}

function runnable(part: Part): string {
  if (part.kind !== "import") return declared(part);
  const specifier = JSON.stringify(part.specifier);
  const module =
    part.importer === null
      ? `await import(${specifier})`
      : `await $import(${specifier}, ${JSON.stringify(part.importer)})`;
  if (part.exported === "*") return `const ${part.name} = ${module};`;
  return `const ${part.name} = $pick(${module}, ${JSON.stringify(part.exported)}, ${specifier});`;
}

function staticImport(part: Part & { kind: "import" }): string {
  const from = `from ${JSON.stringify(part.specifier)};`;
  if (part.exported === "*") return `import * as ${part.name} ${from}`;
  if (part.exported === "default") return `import ${part.name} ${from}`;
  return `import { ${part.exported === part.name ? part.name : `${part.exported} as ${part.name}`} } ${from}`;
}

function declared(part: Part): string {
  switch (part.kind) {
    case "function":
      return `const ${part.name} = ${functionExpression(part.text)};`;
    case "record":
      return `const ${part.name} = ${recordText(part)};`;
    case "object":
      return `const ${part.name} = ${objectText(part)};`;
    case "constant":
      return `const ${part.name} = ${constantText(part.text)};`;
    default:
      return staticImport(part);
  }
}

function constantText(text: string): string {
  if (isLiteral(text)) return text;
  return `${objectsIn(text).length === 0 ? "$decode" : "await $value"}(${JSON.stringify(text)})`;
}

// JSON is JavaScript, but for "__proto__" as a key.
function isLiteral(text: string): boolean {
  return !text.includes('"~"') && !text.includes('"__proto__"');
}

function recordText(part: Part & { kind: "record" }): string {
  if (part.list) return `[${part.fields.map(([, name]) => name).join(", ")}]`;
  return `{ ${part.fields.map(([key, name]) => `${JSON.stringify(key)}: ${name}`).join(", ")} }`;
}

function objectText({ form, of, fields }: Part & { kind: "object" }): string {
  if (form === "bind") return `${of}.bind(${fields.map(([, name]) => name).join(", ")})`;
  const value = (name: string): string => (form === "arrows" ? `${name}.call(${of})` : name);
  const own = fields.map(([key, name]) => `${JSON.stringify(key)}: ${value(name)}`).join(", ");
  const made = `Object.create(${of}.prototype)`;
  const target = { instance: made, prototype: `${of}.prototype`, arrows: of, assign: of }[form];
  return `Object.assign(${target}, { ${own} })`;
}

// toString() of a method is its text in the object or class, which is no expression.
function functionExpression(text: string): string {
  if (/^(async\b\s*)?(function\b|\(|[A-Za-z_$][\w$]*\s*=>)|^class\b/.test(text)) return `(${text})`;
  const name = /^(?:static\s+)?(?:async\s*)?\*?\s*([A-Za-z_$][\w$]*)\s*\(/.exec(text)?.[1];
  return name === undefined ? `(${text})` : `({ ${text.replace(/^static\s+/, "")} }).${name}`;
}
