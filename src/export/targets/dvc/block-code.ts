import type { Binding, LoopPlan, MapPlan, WhenPlan } from "../../../flow/index.ts";
import { type Block, runs } from "./blocks.ts";
import { accessors, type Context, indexName, innerField, type Loop, ownFields, ownRecord } from "./expressions.ts";
import { callCode, valueCode, type Writer } from "./step-code.ts";

/** Items at a time where the flow names no number; one process runs them, so more only helps steps that wait. */
const itemsAtATime = 8;

/** The lines that run blocks one after the other and keep what they give in the record of where they stand. */
export function blockLines(writer: Writer, blocks: readonly Block[]): readonly string[] {
  return blocks.filter(runs).flatMap((block) => linesOf(writer, block));
}

function linesOf(writer: Writer, block: Block): readonly string[] {
  const { context } = writer;
  switch (block.kind) {
    case "step":
      return [`${recordOf(context)}${accessors([block.of.id])} = ${callCode(writer, block.of)};`];
    case "map":
      return mapLines(writer, block.of, block.inner);
    case "loop":
      return loopLines(writer, block.of, block.inner);
    default:
      return choiceLines(writer, block.of, block.inner);
  }
}

/** The record of the innermost map or loop that runs here. */
function recordOf({ loops }: Context): string {
  return loops.findLast(({ at }) => at.kind === "inside")?.at.code ?? ownRecord;
}

// `$made.$xs = await stage.each(xs, 4, async ($item1) => { … });`: one record of results for each item.
function mapLines(writer: Writer, map: MapPlan, inner: readonly Block[]): readonly string[] {
  const { context } = writer;
  const body = innerLines(writer, map, (inside) => blockLines(inside, inner));
  const list = valueCode(map.over, context);
  const begin = `await stage.each(${list}, ${atATime(writer, map)}, async (${body.parameters}) => {`;
  return [`${recordOf(context)}${innerField(map.id)} = ${begin}`, ...body.lines, "});"];
}

// A step with an environment of its own changes that of the process: others must not run meanwhile.
function atATime({ context }: Writer, map: MapPlan): number {
  const steps = context.unit?.steps ?? [];
  const alone = steps.some(
    ({ command, env }) => command === null && !Array.isArray(env) && Object.keys(env).length > 0,
  );
  return alone ? 1 : (map.max ?? itemsAtATime);
}

// `$made.$loop = await stage.rounds(…, async ($item1) => { … });`: one record of results for each round.
function loopLines(writer: Writer, loop: LoopPlan, inner: readonly Block[]): readonly string[] {
  const { context } = writer;
  const body = innerLines(writer, loop, (inside) => {
    const field = (name: "next" | "until", binding: Binding): string =>
      `${recordOf(inside.context)}${accessors([ownFields[name]])} = ${valueCode(binding, inside.context)};`;
    const until = loop.until === null ? [] : [field("until", loop.until)];
    return [...blockLines(inside, inner), field("next", loop.next), ...until];
  });
  const { id, initial, max, until, atMax } = loop;
  const facts = [
    `loop: ${JSON.stringify(id)}`,
    `initial: ${valueCode(initial, context)}`,
    `max: ${valueCode(max, context)}`,
    `asks: ${until !== null}`,
    `atMax: ${JSON.stringify(atMax)}`,
  ];
  const begin = `await stage.rounds({ ${facts.join(", ")} }, async (${body.parameters}) => {`;
  return [`${recordOf(context)}${innerField(id)} = ${begin}`, ...body.lines, "});"];
}

interface Body {
  readonly parameters: string;
  readonly lines: readonly string[];
}

function innerLines(writer: Writer, scope: MapPlan | LoopPlan, lines: (inside: Writer) => readonly string[]): Body {
  const { context } = writer;
  const depth = context.loops.length + 1;
  const made = `$made${depth}`;
  const item = `${made}${accessors([ownFields.item])}`;
  const loop: Loop = { map: scope, item, at: { kind: "inside", code: made } };
  const inside = { ...writer, context: { ...context, loops: [...context.loops, loop] } };
  const first = `const ${made}: Record<string, any> = { ${ownFields.item}: $item${depth} };`;
  const all = [first, ...lines(inside), `return ${made};`];
  const index = indexName(depth);
  const counts = all.some((line) => new RegExp(`\\${index}\\b`).test(line));
  return { parameters: `$item${depth}: any${counts ? `, ${index}: number` : ""}`, lines: indented(all) };
}

function choiceLines(writer: Writer, when: WhenPlan, inner: ReadonlyMap<string, readonly Block[]>): readonly string[] {
  const { context } = writer;
  const field = `${recordOf(context)}${innerField(when.id)}`;
  const branch = (name: string, binding: Binding): readonly string[] =>
    indented([...blockLines(writer, inner.get(name) ?? []), `${field} = ${valueCode(binding, context)};`, "break;"]);
  const names = Object.keys(when.branches);
  const facts = `{ choice: ${JSON.stringify(when.id)}, names: ${JSON.stringify(names)}, otherwise: ${when.otherwise !== null} }`;
  const cases = Object.entries(when.branches).flatMap(([name, binding]) => [
    `case ${JSON.stringify(name)}: {`,
    ...branch(name, binding),
    "}",
  ]);
  const rest = when.otherwise === null ? [] : ["default: {", ...branch("otherwise", when.otherwise), "}"];
  const on = valueCode(when.on, context);
  return [`switch (stage.branch(${on}, ${facts})) {`, ...indented([...cases, ...rest]), "}"];
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
