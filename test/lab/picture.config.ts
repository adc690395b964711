import { defineConfig } from "@playwright/test";
import config from "./playwright.config.ts";

/** Makes the README's picture anew: `CHROMIUM=/usr/bin/chromium npx playwright test -c test/lab/picture.config.ts`. */
export default defineConfig({
  ...config,
  testMatch: "readme-picture.ts",
  // GitHub shows it 880 px wide: letters of a window of 1240 px are legible there.
  use: { ...config.use, viewport: { width: 1240, height: 1150 }, deviceScaleFactor: 1.5, trace: "off" },
});
