import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import { kernelSpec } from "../../src/kernel/kernelspec.ts";

const install = new URL("../../src/kernel/install.ts", import.meta.url).pathname;
const root = new URL("../..", import.meta.url).pathname;

describe("the kernelspec", () => {
  it("starts the package's kernel with the given Node, by absolute paths", () => {
    const { name, files } = kernelSpec({ node: "/opt/node/bin/node", packageFolder: "/home/ü/my stemma" });
    expect(name).toBe("stemma");
    expect(JSON.parse(String(files["kernel.json"]))).toMatchObject({
      argv: [
        "/opt/node/bin/node",
        "--disable-warning=ExperimentalWarning",
        "--stack-size=3900",
        "/home/ü/my stemma/dist/kernel/main.js",
        "--connection-file",
        "{connection_file}",
      ],
      display_name: "TypeScript (Stemma)",
      language: "typescript",
      interrupt_mode: "signal",
    });
  });

  it("is written into a prefix that does not exist yet", () => {
    const prefix = join(mkdtempSync(join(tmpdir(), "stemma-prefix-")), "a venv");
    const folder = execFileSync(process.execPath, [install, "--prefix", prefix], { encoding: "utf8" }).trim();
    expect(folder).toBe(join(prefix, "share", "jupyter", "kernels", "stemma"));
    const { argv } = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as { argv: string[] };
    expect(argv[0]).toBe(process.execPath);
    expect(argv.at(-3)).toBe(join(root, "dist", "kernel", "main.js"));
  });

  it("brings pictures for front ends that draw no SVG", () => {
    const { files } = kernelSpec({ node: "/node", packageFolder: "/stemma" });
    const sizes = [32, 64].map((size) => {
      const { width, height, channels } = decode(files[`logo-${size}x${size}.png`] as Uint8Array);
      return [width, height, channels];
    });
    expect(sizes).toEqual([
      [32, 32, 4],
      [64, 64, 4],
    ]);
  });

  it("says how it is used when the prefix is missing", () => {
    const { status, stderr } = spawnSync(process.execPath, [install], { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Usage: node install\.js --prefix DIR/);
  });
});
