// `npm run bench [-- NAME…]`: test/bench/run.ts, in a temporary folder that goes with it.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./places.mjs";
import { temporaryFolder } from "./temporary.mjs";

const { env, close } = temporaryFolder();
const program = join(root, "test", "bench", "run.ts");
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], {
  env: { ...process.env, ...env },
  stdio: "inherit",
});
const words = close();
if (words !== "") console.error(words);
process.exitCode = status ?? 1;
