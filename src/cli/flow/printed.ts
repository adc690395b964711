import { type PrintStream, type RunView, taskLabel, type WatchedTask } from "../../flow/index.ts";

/** What tasks print, line by line with their names before it: several print at a time. */
export type Printed = Required<Pick<RunView, "printed" | "silent" | "end">>;

/** A line without an end is shown when it is as long as this. */
const longestLine = 64 * 1024;

/** @param write to stdout and stderr as they are when it writes, where nothing else is said */
export function labelledPrints(write: (stream: PrintStream, text: string) => void = toStream): Printed {
  const begun = new Map<string, string>();
  const show = (label: string, stream: PrintStream, lines: readonly string[]): void => {
    const head = paintedLabel(label, process[stream]);
    if (lines.length > 0) write(stream, lines.map((line) => `${`${head} ${visible(line)}`.trimEnd()}\n`).join(""));
  };
  const finish = (key: string): void => {
    const rest = begun.get(key);
    begun.delete(key);
    const [stream, label] = key.split(" ") as [PrintStream, string];
    if (rest !== undefined && rest !== "") show(label, stream, [rest]);
  };
  return {
    printed(task, stream, text) {
      const label = labelOf(task);
      const key = `${stream} ${label}`;
      const all = (begun.get(key) ?? "") + text;
      // A line that grows dot by dot is not looked through each time.
      const lines = text.includes("\n") ? all.split("\n") : [all];
      const rest = lines.pop() ?? "";
      show(label, stream, lines);
      begun.set(key, rest.length < longestLine ? rest : "");
      if (rest.length >= longestLine) show(label, stream, [rest]);
    },
    silent(task) {
      for (const stream of ["stdout", "stderr"]) finish(`${stream} ${labelOf(task)}`);
    },
    end() {
      for (const key of [...begun.keys()]) finish(key);
    },
  };
}

function toStream(stream: PrintStream, text: string): void {
  process[stream].write(text);
}

function labelOf({ step, indices }: WatchedTask): string {
  return `[${taskLabel(step, indices)}]`;
}

function paintedLabel(label: string, stream: NodeJS.WriteStream): string {
  const colours = stream.isTTY && (process.env["NO_COLOR"] ?? "") === "";
  return colours ? `\u001b[2m${label}\u001b[0m` : label;
}

// A bar that is drawn over itself, "10%\r20%\r": what a terminal would show in the end.
function visible(line: string): string {
  const shown = line.replace(/\r+$/, "");
  return shown.slice(shown.lastIndexOf("\r") + 1);
}
