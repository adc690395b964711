import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StemmaError } from "../../error.ts";
import { attemptsOf, cardColumns, collect, type KeptCard, type KeptCardPart, visibleCards } from "../../flow/index.ts";
import { findProject } from "../../store/index.ts";
import { count, duration, print, printJson, type Register, size, wholeNumber } from "../command.ts";
import { printTable } from "../text.ts";
import { FlowRunNameError, isNamed, noTask, taskName } from "./runs.ts";

/** `stemma flow gc` was not told what may go. */
export class FlowGcError extends StemmaError {
  constructor(message: string) {
    super("FLOW_GC", message);
  }
}

/** `stemma flow card|gc` */
export const registerKeep: Register = (flow) => {
  flow
    .command("card")
    .description("What the steps of a run show their reader")
    .argument("<task>", "RUN, RUN/STEP or RUN/STEP/ITEM; a run by its id, the beginning of it, or last")
    .option("-o, --out <folder>", "write its texts, tables, charts and pictures there")
    .option("--json", "as JSON")
    .action(card);
  flow
    .command("gc")
    .description("Take away old runs of flows, and the results that then nobody points to")
    .option("--keep-runs <n>", "newest runs of each flow that stay", wholeNumber(0, 1_000_000))
    .option("--older-than <span>", "only what is older: 30d, 12h", duration)
    .option("--flow <name>", "only runs of this flow")
    .option("--dry", "say what would go")
    .option("--json", "as JSON")
    .action(gc);
};

interface CardOptions {
  readonly out?: string;
  readonly json?: true;
}

function card(text: string, { out, json }: CardOptions): void {
  const name = taskName(text);
  const cards = visibleCards(findProject(process.cwd()), name.run.id, name.step ?? undefined).filter((one) =>
    isNamed(name, one),
  );
  if (json) {
    printJson({ run: name.run.id, cards });
    return;
  }
  const tries = cards.length === 0 ? attemptsOf(findProject(process.cwd()), name.run.id, name.step ?? undefined) : [];
  if (name.indices !== null && cards.length === 0 && !tries.some((one) => isNamed(name, one)))
    throw noTask(name, tries);
  if (cards.length === 0)
    throw new FlowRunNameError(`${text} has no card. A step makes one: ctx.card.markdown("…"), or { card: true }.`);
  for (const one of cards) {
    const made = one.madeBy === undefined ? "" : ` (kept, made by run ${one.madeBy.slice(0, 8)})`;
    if (cards.length > 1 || made !== "") print(`== ${[one.step, ...one.indices].join("/")}${made}\n`);
    for (const part of one.parts) print(`${partText(part as Part)}\n`);
  }
  if (out !== undefined) print(`${count(writeCards(out, cards), "file")} in ${out}\n`);
}

interface Part extends KeptCardPart {
  readonly text?: string;
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  readonly columns?: readonly string[];
  readonly title?: string | null;
  readonly spec?: object;
  readonly base64?: string;
  readonly done?: number;
  readonly total?: number;
}

function partText({ kind, text, rows = [], columns, title, base64, done, total }: Part): string {
  const head = title == null ? "" : `${title}\n`;
  if (kind === "markdown") return text ?? "";
  if (kind === "progress") return `${done} of ${total}`;
  if (kind === "table") return head + tableText(rows, cardColumns({ rows, columns })).trimEnd();
  if (kind === "image")
    return `[picture${title == null ? "" : ` ${title}`}, ${size(((base64?.length ?? 0) * 3) / 4)}: --out writes it]`;
  return `[${kind === "vega" ? "chart" : kind}: --out writes it]`;
}

function tableText(rows: readonly Readonly<Record<string, unknown>>[], names: readonly string[]): string {
  const cell = (value: unknown): string =>
    typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
  const isNumber = (name: string): boolean => rows.every((row) => typeof row[name] === "number");
  return printTable(
    names.map((title) => ({ title, right: isNumber(title) })),
    rows.map((row) => names.map((name) => cell(row[name]))),
  );
}

function writeCards(folder: string, cards: readonly KeptCard[]): number {
  mkdirSync(folder, { recursive: true });
  const files = cards.flatMap(({ step, indices, parts }) =>
    parts.flatMap((part, at) => {
      const content = fileOf(part as Part);
      return content === null ? [] : [{ ...content, name: [step, ...indices, at + 1].join("-") }];
    }),
  );
  for (const { name, ending, bytes } of files) writeFileSync(join(folder, `${name}${ending}`), bytes);
  return files.length;
}

function fileOf({
  kind,
  text,
  rows,
  spec,
  base64,
}: Part): { readonly ending: string; readonly bytes: string | Buffer } | null {
  if (kind === "markdown") return { ending: ".md", bytes: `${text}\n` };
  if (kind === "table") return { ending: ".json", bytes: `${JSON.stringify(rows, null, 2)}\n` };
  if (kind === "vega") return { ending: ".vl.json", bytes: `${JSON.stringify(spec, null, 2)}\n` };
  if (kind !== "image") return null;
  const bytes = Buffer.from(base64 ?? "", "base64");
  return { ending: pictureEnding(bytes), bytes };
}

function pictureEnding(bytes: Buffer): string {
  if (bytes[0] === 0x89) return ".png";
  return bytes[0] === 0xff ? ".jpg" : ".svg";
}

interface GcOptions {
  readonly keepRuns?: number;
  readonly olderThan?: number;
  readonly flow?: string;
  readonly dry?: true;
  readonly json?: true;
}

function gc({ keepRuns, olderThan, flow, dry, json }: GcOptions): void {
  if (keepRuns === undefined && olderThan === undefined)
    throw new FlowGcError(
      "What may go was not said: --keep-runs 10 keeps the newest ten of each flow, or --older-than 30d.",
    );
  const gone = collect(findProject(process.cwd()), {
    ...(keepRuns === undefined ? {} : { keepRuns }),
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
    ...(flow === undefined ? {} : { flow }),
    ...(dry ? { dry } : {}),
  });
  if (json) {
    printJson(gone);
    return;
  }
  const what = `${count(gone.runs.length, "run")}, ${count(gone.results, "result")}, ${size(gone.bytes)}`;
  print(dry ? `${what} would go.\n` : `${what} went.\n`);
}
