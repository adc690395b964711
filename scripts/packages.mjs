import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, npm } from "./command.mjs";
import { root } from "./places.mjs";
import { asItWas } from "./steps.mjs";
import { Trouble } from "./trouble.mjs";

/** Installs what package-lock.json says, when it is not what npm last installed here. */
export async function installPackages() {
  if (isInstalled()) return asItWas;
  try {
    // npm start --silent must not hide what went wrong here.
    await npm(["ci", "--loglevel=error"]);
  } catch (error) {
    throw error instanceof CommandFailed ? troubleOf(error) : error;
  }
  return `${Object.keys(lockOf("node_modules/.package-lock.json")).length} packages`;
}

function isInstalled() {
  // npm writes this file last: a broken-off install leaves none.
  if (!existsSync(join(root, "node_modules", ".package-lock.json"))) return false;
  const installed = lockOf("node_modules/.package-lock.json");
  return Object.entries(lockOf("package-lock.json")).every(([path, wanted]) => {
    if (!path.includes("node_modules/")) return true;
    const found = installed[path];
    // An optional package that is not there is one for another platform.
    return found === undefined ? wanted.optional === true : found.version === wanted.version;
  });
}

function lockOf(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8")).packages;
}

const networkCodes = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "ENETUNREACH",
  "EHOSTUNREACH",
]);

function troubleOf({ code, output }) {
  const npmCode = /^npm error code (\S+)/m.exec(output)?.[1];
  if (networkCodes.has(npmCode)) {
    return new Trouble(
      `npm does not reach its registry (${npmCode}). Check the network (or \`npm config get registry\`), then run this again.`,
    );
  }
  return new Trouble(`\`npm ci\` ended with code ${code}. Repair what it says, then run this again.`, output);
}
