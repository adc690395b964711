import { sha256 } from "../encoding/index.ts";
import { isNode } from "../syntax/index.ts";
import type { Draft, Use } from "./draft.ts";
import { normalForm } from "./normal-form.ts";
import type { Part } from "./part.ts";

/**
 * Gives each draft a name of its own, free in all functions, and writes the texts with them.
 *
 * @param drafts the step's function is the last
 */
export function named(drafts: readonly Draft[]): { readonly parts: readonly Part[]; readonly digest: string } {
  const names = namesOf(drafts);
  const nameOf = (draft: Draft): string => names.get(draft) ?? draft.label;
  const parts = drafts.map((draft) => partOf(draft, nameOf));
  return { parts, digest: sha256(JSON.stringify(parts.map(({ kind, name, digest }) => [kind, name, digest]))) };
}

function namesOf(drafts: readonly Draft[]): ReadonlyMap<Draft, string> {
  // What the module's own text asks for.
  const taken = new Set(["$decode", "$value", "$pick", "$import", "require", "Object"]);
  for (const draft of drafts) {
    if (draft.kind !== "function") continue;
    for (const local of draft.syntax.locals) taken.add(local);
    for (const name of hostNames(draft)) taken.add(name);
  }
  const names = new Map<Draft, string>();
  const hidden = hiddenNames(drafts);
  for (const draft of drafts) {
    const name = freeName(draft.label, (one) => taken.has(one) || hidden.get(draft)?.has(one) === true);
    taken.add(name);
    names.set(draft, name);
  }
  return names;
}

// Inside `function layers() {}` that name is the function itself, whatever the function is called outside of it.
function hiddenNames(drafts: readonly Draft[]): ReadonlyMap<Draft, ReadonlySet<string>> {
  const hidden = new Map<Draft, Set<string>>();
  for (const user of drafts) {
    const id = user.kind === "function" ? user.syntax.node["id"] : null;
    if (user.kind !== "function" || !isNode(id)) continue;
    for (const { draft } of user.uses) {
      if (draft !== user) hidden.set(draft, (hidden.get(draft) ?? new Set()).add(String(id["name"])));
    }
  }
  return hidden;
}

// A step that is called `fetch` may ask for the host's.
function hostNames({ syntax, uses }: Draft & { kind: "function" }): readonly string[] {
  const brought = new Set(uses.map(({ node }) => node));
  const own = syntax.free.filter(
    ({ node, members }) => ![node, ...members.map((member) => member.node)].some((one) => brought.has(one)),
  );
  return own.map(({ name }) => name);
}

function freeName(label: string, isTaken: (name: string) => boolean): string {
  const base = /^[A-Za-z_$][\w$]*$/.test(label) && !reserved.has(label) ? label : "value";
  let name = base;
  for (let n = 2; isTaken(name); n++) name = `${base}$${n}`;
  return name;
}

// Keys of records become labels: `default`, `delete`, `in`.
const reserved: ReadonlySet<string> = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);

function partOf(draft: Draft, nameOf: (draft: Draft) => string): Part {
  const name = nameOf(draft);
  switch (draft.kind) {
    case "constant":
      return { kind: "constant", name, text: draft.text, digest: sha256(draft.text), file: draft.file ?? null };
    case "import": {
      const { specifier, version, exported, importer, content } = draft;
      // The importer is no part of the digest: the same package is the same from wherever it is imported.
      const digest = sha256(`${specifier}@${content ?? version} ${exported}`);
      return { kind: "import", name, specifier, version, exported, importer, digest };
    }
    case "record": {
      const fields = draft.fields.map(([key, part]) => [key, nameOf(part)] as const);
      return { kind: "record", name, list: draft.list, fields, digest: sha256(JSON.stringify([draft.list, fields])) };
    }
    case "object": {
      const fields = draft.fields.map(([key, part]) => [key, nameOf(part)] as const);
      const of = nameOf(draft.of);
      const digest = sha256(JSON.stringify([draft.form, of, fields]));
      return { kind: "object", name, form: draft.form, of, fields, digest };
    }
    default: {
      const labels = new Map(draft.uses.map((use) => [use.node, nameOf(use.draft)]));
      const digest = sha256(normalForm(draft.syntax.node, labels));
      return { kind: "function", name, text: textWith(draft, nameOf), digest, file: draft.file };
    }
  }
}

function textWith(draft: Draft & { kind: "function" }, nameOf: (draft: Draft) => string): string {
  const { source, offset, text: original } = { ...draft.syntax, text: draft.text };
  let text = original;
  for (const use of draft.uses.toReversed()) {
    const written = source.slice(use.node.start, use.node.end);
    const name = nameOf(use.draft);
    if (written !== name) text = replaced(text, { use, offset, name: use.shorthand ? `${written}: ${name}` : name });
  }
  return text;
}

function replaced(
  text: string,
  { use, offset, name }: { readonly use: Use; readonly offset: number; readonly name: string },
): string {
  return text.slice(0, use.node.start - offset) + name + text.slice(use.node.end - offset);
}
