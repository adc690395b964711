import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { root } from "../support/tools.ts";

describe("a server that does not answer, in a cell", () => {
  const silent = createServer(() => {});
  let kernel: Kernel;
  beforeAll(async () => {
    const cwd = notebookFolder({ "node_modules/.keep": "" });
    symlinkSync(root, join(cwd, "node_modules", "stemma"));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    kernel = await startKernel({ kind: "stemma", cwd });
    const uri = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await kernel.run(`import { track } from "stemma"; track.use("${uri}");`);
  });
  afterAll(async () => {
    await kernel.stop();
    silent.closeAllConnections();
    silent.close();
  });

  it.each(["", "await null; "])(
    "is no longer waited for when stop is pressed: %j before the question",
    async (before) => {
      const running = kernel.run(`${before}track.runs("seir")`);
      await once(silent, "request");
      kernel.interrupt();
      expect((await running).error?.evalue).toMatch(
        /Stopped\. The tracking server http:\S+ had not answered for [\d.]+ s/,
      );
      expect((await kernel.run("1 + 1")).text).toBe("2");
    },
  );
});
