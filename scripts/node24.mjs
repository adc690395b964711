import { join } from "node:path";
import { outcome } from "./command.mjs";
import { root } from "./places.mjs";
import { Trouble } from "./trouble.mjs";

/**
 * Absolute path of a Node 24 or newer: the one that a platform package brought, else the one that runs us.
 *
 * The kernel, the server and all tests run in it.
 */
export async function findNode24() {
  for (const program of [join(root, "node_modules", ".bin", "node"), process.execPath]) {
    const { code, output } = await outcome(program, ["--print", "process.versions.node"]);
    if (code === 0 && Number.parseInt(output, 10) >= 24) return program;
  }
  throw new Trouble(
    `The kernel needs Node 24; the repository brings none for ${process.platform} ${process.arch}, and this is ${process.version}. Install Node 24 (https://nodejs.org) and run this again.`,
  );
}
