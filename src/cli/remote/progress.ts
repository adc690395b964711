import type { TransferProgress } from "../../version/index.ts";
import { count, size } from "../command.ts";

/** Tells on the standard error how far a transfer is, on one line that is written over; only to a terminal. */
export function transferLine(quiet: boolean): { onProgress?: (progress: TransferProgress) => void; end(): void } {
  if (quiet || !process.stderr.isTTY) return { end() {} };
  let shown = false;
  return {
    onProgress(progress) {
      shown = true;
      process.stderr.write(`\r\x1b[K${progressText(progress)}`);
    },
    end() {
      if (shown) process.stderr.write("\r\x1b[K");
    },
  };
}

/** "Pushing to lab: 1,200 of 10,000 files, 18 MB, 3.2 MB/s" */
export function progressText({ verb, remote, files, totalFiles, bytes, seconds }: TransferProgress): string {
  const way = verb === "push" ? "Pushing to" : "Fetching from";
  const rate = seconds > 0.5 ? `, ${size(bytes / seconds)}/s` : "";
  return `${way} ${remote}: ${files.toLocaleString("en")} of ${count(totalFiles, "file")}, ${size(bytes)}${rate}`;
}
