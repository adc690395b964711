import { defineConfig } from "vitest/config";

/** Unit tests run from the sources; the kernel, peer and lab suites need what `npm test` builds and installs first. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{peers,cells,lab,pack}/**"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "cells",
          include: ["test/cells/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "peers",
          include: ["test/peers/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "pack",
          include: ["test/pack/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
