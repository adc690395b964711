import { stderr, stdin } from "node:process";
import { createInterface } from "node:readline/promises";
import { StemmaError } from "../../error.ts";
import { checkStore, type Finding, type GcPlan, planGc, repairStore, runGc } from "../../track/index.ts";
import { count, duration, print, printJson, type Register, size } from "../command.ts";
import { printable } from "../text.ts";
import { openDatabaseOnly } from "./open.ts";

interface GcOptions {
  readonly olderThan: number;
  readonly experiment?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

interface CheckOptions {
  readonly repair?: true;
  readonly json?: true;
}

/** `stemma runs gc|check` */
export const registerKeep: Register = (runs, exit) => {
  runs
    .command("gc")
    .description("Remove deleted runs and experiments for ever, with their points and artifacts")
    .option("--older-than <span>", "only what was deleted at least so long ago: 30d, 12h", duration, 0)
    .option("--experiment <name>", "of this experiment only")
    .option("--dry-run", "say what would be removed, and remove nothing")
    .option("-y, --yes", "don't ask")
    .option("--json", "what is removed, as JSON")
    .action(gc);
  runs
    .command("check")
    .description("Look whether the store is whole: every point, every file; ends with 1 where it is not")
    .option("--repair", "put it in order, behind a copy of the database")
    .option("--json", "the findings as JSON")
    .action((options: CheckOptions) => exit(check(options)));
};

async function gc({ olderThan, experiment, dryRun, yes, json }: GcOptions): Promise<void> {
  const project = openDatabaseOnly("gc");
  const plan = planGc(project, { olderThanMs: olderThan, ...(experiment === undefined ? {} : { experiment }) });
  const isEmpty = plan.runs.length + plan.experiments.length + plan.models.length === 0;
  if (dryRun === true || isEmpty) {
    if (json) return printJson(facts(plan));
    return print(
      isEmpty ? "Nothing to remove: no deleted run or experiment.\n" : `Would remove ${said(plan)}.\n${list(plan)}`,
    );
  }
  if (yes !== true) await ask(`Remove ${said(plan)} for ever?`);
  const done = runGc(project, plan);
  if (json) printJson(facts(done));
  else print(`Removed ${said(done)}.\n`);
}

function said({ runs, experiments, models, points, bytes }: GcPlan): string {
  return [
    runs.length > 0 ? count(runs.length, "run") : "",
    experiments.length > 0 ? count(experiments.length, "experiment") : "",
    models.length > 0 ? count(models.length, "logged model") : "",
    `${count(points, "point")} and ${size(bytes)} of artifacts`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function list({ runs, experiments }: GcPlan): string {
  const lines = [
    ...experiments.map(({ name }) => `  experiment ${printable(name)}`),
    ...runs.map(({ id, name }) => `  run ${id.slice(0, 8)} ${printable(name)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function facts({ runs, experiments, models, points, bytes }: GcPlan): object {
  return {
    runs: runs.map(({ id }) => id),
    experiments: experiments.map(({ id }) => String(id)),
    models: models.map(({ id }) => id),
    points,
    bytes,
  };
}

/** @throws {StemmaError} the answer is not yes, or there is nobody to ask */
async function ask(question: string): Promise<void> {
  if (!stdin.isTTY) throw new StemmaError("NOT_ASKED", `${question} Nobody is there to answer; give --yes.`);
  const lines = createInterface({ input: stdin, output: stderr });
  const answer = await lines.question(`${question} [y/N] `).finally(() => lines.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new StemmaError("NOT_AGREED", "Nothing was removed.");
}

function check({ repair, json }: CheckOptions): number {
  const project = openDatabaseOnly("check");
  const findings = checkStore(project);
  const repaired = repair === true && findings.length > 0 ? repairStore(project) : null;
  const left = repaired?.left ?? findings;
  if (json) printJson({ findings, ...(repaired === null ? {} : repaired) });
  else if (findings.length === 0) print("The store is whole.\n");
  else print(findings.map(line).join("") + conclusion(findings, repaired));
  return left.length === 0 ? 0 : 1;
}

function line({ message, repair }: Finding): string {
  return `${printable(message)}\n  ${repair === null ? "Cannot be repaired" : `Repair: ${repair}`}.\n`;
}

function conclusion(findings: readonly Finding[], repaired: ReturnType<typeof repairStore> | null): string {
  if (repaired === null) {
    const isHopeless = findings.every(({ repair }) => repair === null);
    const way = isHopeless
      ? "Put a copy of stemma/ back, or save what can be read: sqlite3 stemma/stemma.db .recover"
      : "`stemma runs check --repair` puts it in order.";
    return `\n${count(findings.length, "thing")} found. ${way}\n`;
  }
  const left =
    repaired.left.length === 0 ? "All is in order now." : `Still wrong:\n${repaired.left.map(line).join("")}`;
  return `\n${left} The database as it was is in ${repaired.backup}.\n`;
}
