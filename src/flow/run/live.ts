import { type Display, drawn, host, noteShown } from "../../host/index.ts";

/** Time between two drawings: 10 a second; where drawing takes long, nine tenths of the time are the work's. */
const betweenMs = 100;
const drawingShare = 10;

/** A value that is drawn again while it changes. */
export interface LiveDisplay {
  /** Draws soon. */
  changed(): void;
  /** Draws now, for the last time. */
  end(): void;
}

/** Shows a value under the cell that runs; in plain Node, where nothing can be drawn again, only at its end. */
export function liveDisplay(kind: string, value: object): LiveDisplay {
  const place = host();
  const draw = (): Display => place.show(drawn(kind, value));
  let shown = place.kind === "node" ? null : draw();
  if (shown !== null) noteShown(value);
  let timer: NodeJS.Timeout | null = null;
  let nextMs = Date.now() + betweenMs;
  const update = (): void => {
    timer = null;
    const startMs = Date.now();
    shown?.update(drawn(kind, value));
    const endMs = Date.now();
    nextMs = endMs + Math.max(betweenMs, drawingShare * (endMs - startMs));
  };
  return {
    changed() {
      if (shown === null || timer !== null) return;
      timer = setTimeout(update, Math.max(0, nextMs - Date.now()));
      timer.unref();
    },
    end() {
      if (timer !== null) clearTimeout(timer);
      if (shown === null) shown = draw();
      else update();
    },
  };
}
