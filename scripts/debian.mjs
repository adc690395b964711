import { existsSync, readFileSync } from "node:fs";
import { outcome } from "./command.mjs";
import { Trouble } from "./trouble.mjs";

/** Whether Debian's packages can be installed here. */
export function mayInstall() {
  return isDebian() && process.getuid() === 0;
}

let waiting = Promise.resolve();

/**
 * Installs Debian's packages, one call after the other: apt has one lock.
 *
 * @throws {Trouble} apt did not
 */
export function installDebian(packages) {
  waiting = waiting.catch(() => {}).then(() => install(packages));
  return waiting;
}

async function install(packages) {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
    const { code, output } = await outcome("apt-get", ["-qq", ...args], { env });
    if (code !== 0) throw new Trouble(`apt-get ${args[0]} ended with code ${code}. Is the network up?`, output);
  }
}

function isDebian() {
  const path = "/etc/os-release";
  return existsSync(path) && /^ID(_LIKE)?=.*debian/m.test(readFileSync(path, "utf8"));
}
