import type { Ending } from "./cells-process.ts";
import type { ErrorReport } from "./error-report.ts";

/** What a cell says that was stopped before it had begun. */
export const stoppedEarly: ErrorReport = report("KeyboardInterrupt", "Stopped from the notebook before it had begun.");

/** What a request about the cells' variables is answered that was stopped together with a cell. */
export const stoppedAnswer: ErrorReport = report("KeyboardInterrupt", "Stopped from the notebook.");

/** What a cell says whose process had to be ended to stop it. */
export const stoppedByEnding: ErrorReport = report(
  "KeyboardInterrupt",
  "Stopped. Nothing else could end what the cell was doing, so its process was ended: all variables are gone. Run the cells that you need again.",
);

/** What a cell says whose process was ended by something else. */
export function diedWords({ signal }: Ending): ErrorReport {
  const why =
    signal === "SIGABRT" || signal === "SIGKILL"
      ? " Mostly that means that memory ran out. A larger heap: NODE_OPTIONS=--max-old-space-size=8192 in the kernel's environment."
      : "";
  return report(
    "KernelDied",
    `The cells' process was ended by ${signal}, so all variables are gone.${why} Run the cells that you need again.`,
  );
}

function report(ename: string, evalue: string): ErrorReport {
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
}
