import { relative } from "node:path";
import { addressOf, type PipelineEvent } from "../../pipeline/index.ts";
import type { Project } from "../../store/index.ts";
import { print } from "../command.ts";
import { printable } from "../text.ts";

/** Says what happens to the stages of several experiments at once: a line each, the experiment and the stage before it. */
export function linePrinter(project: Project, quiet: boolean): (experiment: string, event: PipelineEvent) => void {
  const folder = relative(project.root, process.cwd());
  const rests = new Map<string, string>();
  return (experiment, event) => {
    if (event.kind === "empty") return;
    const label = `${printable(experiment)} ${printable(addressOf(event.stage, folder))}`;
    if (event.kind === "output") {
      const key = `${event.stream} ${label}`;
      const lines = ((rests.get(key) ?? "") + event.text).split("\n");
      rests.set(key, lines.pop() ?? "");
      for (const line of lines) process[event.stream].write(`${label} | ${line}\n`);
      return;
    }
    if (event.kind === "done" || event.kind === "failed") endLines(label, rests);
    const said = sentence(event);
    if (said !== null && !quiet) print(`${label}: ${said}\n`);
  };
}

function endLines(label: string, rests: Map<string, string>): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const rest = rests.get(`${stream} ${label}`) ?? "";
    if (rest !== "") process[stream].write(`${label} | ${rest}\n`);
    rests.delete(`${stream} ${label}`);
  }
}

function sentence(event: PipelineEvent): string | null {
  switch (event.kind) {
    case "unchanged":
      return "didn't change, skipping";
    case "cached":
      return "is cached - skipping run, checking out outputs";
    case "command":
      return `> ${event.cmd}`;
    case "failed":
      return event.error.message;
    default:
      return null;
  }
}
