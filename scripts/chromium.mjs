import { existsSync, readFileSync } from "node:fs";
import { outcome } from "./command.mjs";
import { asItWas } from "./steps.mjs";
import { Trouble } from "./trouble.mjs";

const programs = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/**
 * Finds a Chromium for the browser tests; installs Debian's when there is none and we may.
 *
 * @returns `program`, its absolute path, and `words` on what was done
 * @throws {Trouble} there is none and we may not; it says what to install
 */
export async function installChromium() {
  const found = findChromium();
  if (found !== undefined) return { program: found, words: asItWas };
  if (!isDebian() || process.getuid() !== 0) {
    throw new Trouble(
      "The browser tests need Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM to the path of a Chromium or Chrome.",
    );
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", "chromium"]]) {
    const { code, output } = await outcome("apt-get", ["-qq", ...args], { env });
    if (code !== 0) throw new Trouble(`apt-get ${args[0]} ended with code ${code}. Is the network up?`, output);
  }
  return { program: findChromium(), words: "from Debian" };
}

function findChromium() {
  return programs.find((path) => path !== undefined && existsSync(path));
}

function isDebian() {
  const path = "/etc/os-release";
  return existsSync(path) && /^ID(_LIKE)?=.*debian/m.test(readFileSync(path, "utf8"));
}
