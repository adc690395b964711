// A program: runs the cells of a JSON file (a list of `{ id, count, source }`) in the working folder, and tells what happens
// in lines of JSON on file descriptor 3.
import { readFileSync, writeSync } from "node:fs";
import { type ReplayEvent, replay } from "./replay.ts";

const told = 3;

function tell(event: ReplayEvent): void {
  writeSync(told, `${JSON.stringify(event)}\n`);
}

const [, , file = ""] = process.argv;

// At once: what cells have left open would keep the process.
replay(process.cwd(), JSON.parse(readFileSync(file, "utf8")), tell).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
