import type { Request } from "./protocol/index.ts";

/** How requests to run cells are worked off: one at a time, in order. */
export interface Lane {
  add(request: Request): void;
}

/** What a lane does with a request; `run` says whether the cells that wait behind it shall still run. */
export interface LaneActions {
  run(request: Request): Promise<"go on" | "abort the rest">;
  abort(request: Request): void;
}

/** A lane for execute requests. */
export function openLane(actions: LaneActions): Lane {
  const waiting: Request[] = [];
  let isRunning = false;
  const work = async (): Promise<void> => {
    try {
      for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
        if ((await actions.run(request)) === "abort the rest")
          for (const rest of waiting.splice(0)) actions.abort(rest);
      }
    } finally {
      // In the same turn in which nothing was waiting: a request may come in the next one.
      isRunning = false;
    }
  };
  return {
    add(request) {
      waiting.push(request);
      if (isRunning) return;
      isRunning = true;
      // Not in the socket's own turn: a busy cell would hold back what has already arrived.
      setImmediate(() => void work());
    },
  };
}
