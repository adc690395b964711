/** A line that is written over while something runs; nothing where the error output is no terminal. */
export interface ProgressLine {
  show(text: string): void;
  readonly clear: () => void;
}

const pauseMs = 100;

export function progressLine(): ProgressLine {
  const isShown = process.stderr.isTTY === true;
  let lastMs = 0;
  const clear = (): void => {
    if (isShown && lastMs > 0) process.stderr.write("\r\u001b[K");
  };
  return {
    show: (text) => {
      const now = Date.now();
      if (!isShown || now - lastMs < pauseMs) return;
      lastMs = now;
      process.stderr.write(`\r${text}\u001b[K`);
    },
    clear,
  };
}
