import type { CellSource } from "../host/index.ts";
import { CellLog } from "./cells.ts";
import { Execution } from "./execution.ts";
import { installHook, installTslabDisplay } from "./hook.ts";
import { createExecutor } from "./language/index.ts";
import { Output } from "./output.ts";
import { type Content, newHeader, type Request } from "./protocol/index.ts";

/** What a replay tells, one JSON object a line. */
export type ReplayEvent =
  | { readonly kind: "output"; readonly text: string }
  | {
      readonly kind: "cell";
      readonly id: string | null;
      readonly count: number | null;
      /** "TypeError: beta is no number"; null where all went well. */
      readonly error: string | null;
    };

/**
 * Runs cells one after the other as a front end would send them, without a front end: same identities, same hook for the library.
 * A cell that fails does not keep the next from running: it may have failed the first time too.
 *
 * @param folder whose packages and modules the cells see
 * @returns once the last has ended, or the one during which SIGINT came
 */
export async function replay(
  folder: string,
  cells: readonly CellSource[],
  tell: (event: ReplayEvent) => void,
): Promise<void> {
  const log = new CellLog();
  const executor = createExecutor(folder);
  const output = new Output(log, (type, content) => tellOutput(type, content, tell));
  let error: string | null = null;
  const execution = new Execution({
    executor,
    cells: log,
    output,
    reply: (_, content) => {
      error = content["status"] === "error" ? `${content["ename"]}: ${content["evalue"]}` : null;
    },
  });
  output.capture();
  installHook({ cells: log, output, scripts: executor.scripts });
  installTslabDisplay(executor.tslab.jupyter, log, output);
  let stopped = false;
  process.on("SIGINT", () => {
    stopped = true;
    execution.interrupt();
  });
  for (const cell of cells) {
    await execution.run(requestOf(cell));
    tell({ kind: "cell", id: cell.id, count: cell.count, error });
    if (stopped) break;
  }
  log.ended();
  output.flush();
  executor.close();
}

function tellOutput(type: string, content: Content, tell: (event: ReplayEvent) => void): void {
  const data: Content = Object(content["data"]);
  const text = type === "stream" ? content["text"] : data["text/plain"];
  if (typeof text === "string" && type !== "execute_input") tell({ kind: "output", text });
}

function requestOf({ id, source }: CellSource): Request {
  return {
    channel: "shell",
    idents: [],
    header: newHeader("execute_request", "replay"),
    parent: {},
    metadata: id === null ? {} : { cellId: id },
    content: { code: source, silent: false, store_history: true, stop_on_error: false },
    buffers: [],
  };
}
