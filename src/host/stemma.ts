import { randomUUID } from "node:crypto";
import type { Host } from "./host.ts";
import type { KernelHook } from "./kernel-hook.ts";
import { currentNotebook, kernelIdOf } from "./notebook-path.ts";
import { watchProcessEnd } from "./process-end.ts";

/** Our own kernel, through the hook that it puts on the global object. */
export function stemmaHost(hook: KernelHook): Host {
  const end = watchProcessEnd(["SIGTERM", "SIGHUP"]);
  return {
    kind: "stemma",
    keepsSources: true,
    notebook: () => currentNotebook(hook.notebook?.()),
    kernelId: () => kernelIdOf(process.argv),
    session: () => hook.session?.() || null,
    cell: () => hook.cell(),
    cellSources: () => hook.cellSources(),
    ...(hook.cellScripts === undefined ? {} : { cellScripts: hook.cellScripts }),
    show(bundle) {
      const id = randomUUID();
      hook.display(bundle, { id, update: false });
      return { id, update: (next) => hook.display(next, { id, update: true }) };
    },
    stopSignal: () => hook.stopSignal(),
    ...(hook.holdUp === undefined ? {} : { holdUp: hook.holdUp }),
    ...commsOf(hook),
    onFlush(flush) {
      const offCell = hook.onCellEnd(flush);
      const offEnd = end.onEnd(flush);
      return () => {
        offCell();
        offEnd();
      };
    },
  };
}

function commsOf({ openComm, onCommTarget }: KernelHook): Pick<Host, "comms"> {
  return openComm === undefined || onCommTarget === undefined
    ? {}
    : { comms: { open: openComm, onOpened: onCommTarget } };
}
