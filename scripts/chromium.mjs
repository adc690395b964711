import { existsSync } from "node:fs";
import { installDebian, mayInstall } from "./debian.mjs";
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
  if (!mayInstall()) {
    throw new Trouble(
      "The browser tests need Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM to the path of a Chromium or Chrome.",
    );
  }
  await installDebian(["chromium"]);
  return { program: findChromium(), words: "from Debian" };
}

function findChromium() {
  return programs.find((path) => path !== undefined && existsSync(path));
}
