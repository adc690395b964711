/**
 * Loaded before a program: kills it, as `kill -9` would, before its n-th change of the file system (KILL_AT), or writes how many
 * there were to a file (KILL_COUNT).
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const at = Number(process.env["KILL_AT"] ?? 0);
const counted = process.env["KILL_COUNT"];
const project = process.cwd();
let count = 0;

function change(): void {
  count += 1;
  if (count === at) process.kill(process.pid, "SIGKILL");
}

const names = [
  ...["appendFileSync", "chmodSync", "copyFileSync", "fchmodSync", "ftruncateSync", "linkSync", "mkdirSync"],
  ...["renameSync", "rmSync", "rmdirSync", "symlinkSync", "unlinkSync", "writeFileSync", "writeSync"],
] as const;
for (const name of names) {
  const real = fs[name] as (...args: readonly unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...args: readonly unknown[]) => {
      const [path] = args;
      if (typeof path === "number" || String(path).startsWith(project)) change();
      return real(...args);
    },
  });
}
syncBuiltinESMExports();
process.on("exit", () => {
  if (counted !== undefined) fs.writeFileSync(counted, String(count));
});
