import { relative } from "node:path";
import { addressOf, type GraphStage, type PipelineEvent } from "../../pipeline/index.ts";
import type { Project } from "../../store/index.ts";
import { print } from "../command.ts";
import { shownPath } from "../dvc-verb.ts";
import { printable } from "../text.ts";

export interface PrinterOptions {
  readonly quiet: boolean;
  /** The stage's name before each line that its commands print: several run at once. */
  readonly labelled: boolean;
}

/** Says what happens to stages, in DVC's words. */
export function eventPrinter(
  project: Project,
  options: PrinterOptions,
): { readonly event: (event: PipelineEvent) => void } {
  const folder = relative(project.root, process.cwd());
  const nameOf = (stage: GraphStage): string => printable(addressOf(stage, folder));
  const lines = new LineLabels();
  let separate = false;
  const say = (text: string): void => {
    if (options.quiet) return;
    print(separate ? `\n${text}` : text);
    separate = false;
  };
  const warn = (text: string): void => {
    process.stderr.write(`WARNING: ${text}\n`);
  };
  const event = (happened: PipelineEvent): void => {
    const { stage } = happened;
    const name = nameOf(stage);
    if (happened.kind === "output") lines.write(name, happened);
    else if (happened.kind === "failed") for (const text of failure(happened, nameOf)) warn(text);
    else if (happened.kind === "frozen")
      warn(`stage: '${name}' is frozen. Its dependencies are not going to be reproduced.`);
    else if (happened.kind === "empty") warn(`'${printable(happened.path)}' is empty.`);
    else if (happened.kind === "done") {
      lines.end(name);
      // DVC puts an empty line between what two stages say; with several at once there is no between.
      separate = !options.labelled;
    } else for (const text of sentences(project, happened, name)) say(`${text}\n`);
  };
  return { event };
}

type Told = Exclude<PipelineEvent, { readonly kind: "output" | "failed" | "frozen" | "empty" | "done" }>;

function sentences(project: Project, event: Told, name: string): readonly string[] {
  switch (event.kind) {
    case "unchanged":
      return [`${event.stage.kind === "data" ? "" : "Stage "}'${name}' didn't change, skipping`];
    case "verifying": {
      const frozen = event.stage.kind === "stage" || event.stage.record.frozen;
      return [`Verifying ${frozen ? "outputs in frozen " : "data sources in "}stage: '${name}'`];
    }
    case "cached":
      return [`Stage '${name}' is cached - skipping run, checking out outputs`];
    case "running":
      return [`Running stage '${name}':`];
    case "command":
      return [`> ${event.cmd}`];
    case "pulling":
      return [`Pulling data for stage: '${name}'`];
    case "locked": {
      const file = shownPath(project, event.file);
      const updated = `Updating lock file '${file}'`;
      return event.change === "generated" ? [`Generating lock file '${file}'`, updated] : [updated];
    }
  }
}

function failure(
  event: Extract<PipelineEvent, { readonly kind: "failed" }>,
  nameOf: (stage: GraphStage) => string,
): readonly string[] {
  const first = `${event.error.message}${event.ignored ? " (ignored)" : ""}`;
  if (event.skipped.length === 0) return [first];
  const names = event.skipped.map((stage) => `'${nameOf(stage)}'`);
  const list = names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return [first, `Stage${names.length > 1 ? "s" : ""} ${list} will be skipped due to this failure`];
}

/** Whole lines of several stages, each with its stage's name before it. */
class LineLabels {
  private readonly rests = new Map<string, string>();

  write(name: string, { text, stream }: { readonly text: string; readonly stream: "stdout" | "stderr" }): void {
    const key = `${stream} ${name}`;
    const lines = ((this.rests.get(key) ?? "") + text).split("\n");
    this.rests.set(key, lines.pop() ?? "");
    for (const line of lines) process[stream].write(`${name} | ${line}\n`);
  }

  end(name: string): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = this.rests.get(`${stream} ${name}`) ?? "";
      if (rest !== "") process[stream].write(`${name} | ${rest}\n`);
      this.rests.delete(`${stream} ${name}`);
    }
  }
}
