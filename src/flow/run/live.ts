import { type Display, drawn, host, noteShown } from "../../host/index.ts";

/** Time between two drawings: 10 a second. */
const betweenMs = 100;

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
  let drawnMs = Date.now();
  const update = (): void => {
    timer = null;
    drawnMs = Date.now();
    shown?.update(drawn(kind, value));
  };
  return {
    changed() {
      if (shown === null || timer !== null) return;
      timer = setTimeout(update, Math.max(0, betweenMs - (Date.now() - drawnMs)));
      timer.unref();
    },
    end() {
      if (timer !== null) clearTimeout(timer);
      if (shown === null) shown = draw();
      else update();
    },
  };
}
