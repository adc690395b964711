import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import { kernelSpec } from "../../src/kernel/kernelspec.ts";

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
});
