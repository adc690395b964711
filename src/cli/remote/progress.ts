import type { AddProgress, TransferProgress } from "../../version/index.ts";
import { count, size } from "../command.ts";
import { printable } from "../text.ts";

/** A line on the standard error that is written over, and goes when it ends; only for a terminal. */
interface ProgressLine<T> {
  onProgress?: (progress: T) => void;
  end(): void;
}

/** How far a transfer is. */
export function transferLine(quiet: boolean): ProgressLine<TransferProgress> {
  return progressLine(quiet, progressText);
}

/** How far the data is read that is to be added. */
export function addLine(quiet: boolean): ProgressLine<AddProgress> {
  return progressLine(quiet, addText);
}

function progressLine<T>(quiet: boolean, text: (progress: T) => string): ProgressLine<T> {
  if (quiet || !process.stderr.isTTY) return { end() {} };
  let shown = false;
  return {
    onProgress(progress) {
      shown = true;
      process.stderr.write(`\r\x1b[K${text(progress)}`);
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

/** "Adding data: 10,000 files, 1.2 GB of 40 GB, 410 MB/s" */
export function addText({ path, files, bytes, totalBytes, seconds }: AddProgress): string {
  // What is read has still to reach the disk.
  const rate = bytes === totalBytes ? ", writing" : seconds > 0.5 ? `, ${size(bytes / seconds)}/s` : "";
  return `Adding ${printable(path)}: ${count(files, "file")}, ${size(bytes)} of ${size(totalBytes)}${rate}`;
}
