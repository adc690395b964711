import { defineConfig } from "vitest/config";

/** A suite of its own folder that waits for real tools, kernels or installs: one file at a time, and patiently. */
function patient(name: string, folder: string | readonly string[], minutes: number): object {
  const timeout = minutes * 60_000;
  return {
    test: {
      name,
      include: [folder].flat().map((path) => `test/${path}/**/*.test.ts`),
      testTimeout: timeout,
      hookTimeout: timeout,
      fileParallelism: false,
    },
  };
}

/** Unit tests run from the sources; the others need what `npm test` builds and installs first. */
export default defineConfig({
  test: {
    globalSetup: "scripts/vitest-folder.mjs",
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{cells,lab,notebook,pack,peers,types}/**"],
          testTimeout: 30_000,
        },
      },
      patient("cells", "cells", 3),
      patient("declarations", "types", 2),
      patient("notebook", "notebook", 10),
      patient("pack", "pack", 10),
      patient("peers", ["peers/export", "peers/frame", "peers/version"], 5),
      patient("peers-dvc", "peers/dvc", 5),
      patient("peers-mlflow", "peers/mlflow", 5),
    ],
  },
});
