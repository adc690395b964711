import type { CapturedStep, Part } from "./part.ts";

/**
 * The step as the text of a function body that gives the step's function: what a thread runs.
 * It wants `$decode` (the codec's), `$pick`, `$import` and `require` around it, and may use `import()`.
 */
export function runnableText(step: CapturedStep): string {
  const entry = step.parts.at(-1)?.name ?? "";
  return `"use strict";\n${step.parts.map((part) => `${runnable(part)}\n`).join("")}return ${entry};\n`;
}

/** The step as an ECMAScript module with the function as its default export: what is kept, and what a reader sees. */
export function moduleText(step: CapturedStep): string {
  const entry = step.parts.at(-1)?.name ?? "";
  return `${step.parts.map((part) => `${part.kind === "import" ? staticImport(part) : declared(part)}\n`).join("")}export default ${entry};\n`;
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
    case "constant":
      return `const ${part.name} = ${isLiteral(part.text) ? part.text : `$decode(${JSON.stringify(part.text)})`};`;
    default:
      return staticImport(part);
  }
}

// JSON is JavaScript, but for "__proto__" as a key.
function isLiteral(text: string): boolean {
  return !text.includes('"~"') && !text.includes('"__proto__"');
}

function recordText(part: Part & { kind: "record" }): string {
  if (part.list) return `[${part.fields.map(([, name]) => name).join(", ")}]`;
  return `{ ${part.fields.map(([key, name]) => `${JSON.stringify(key)}: ${name}`).join(", ")} }`;
}

// toString() of a method is its text in the object or class, which is no expression.
function functionExpression(text: string): string {
  if (/^(async\b\s*)?(function\b|\(|[A-Za-z_$][\w$]*\s*=>)|^class\b/.test(text)) return `(${text})`;
  const name = /^(?:static\s+)?(?:async\s*)?\*?\s*([A-Za-z_$][\w$]*)\s*\(/.exec(text)?.[1];
  return name === undefined ? `(${text})` : `({ ${text.replace(/^static\s+/, "")} }).${name}`;
}
