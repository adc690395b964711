// The process that runs the cells; the broker starts it.
import { startSession } from "./session.ts";

// The stop button also comes as this signal: without a listener it would end the process.
process.on("SIGINT", () => {});

const at = process.argv.indexOf("--count");

try {
  startSession({ folder: process.cwd(), count: at < 0 ? 0 : Number(process.argv[at + 1]) });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
