import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { kernelIdOf, type NotebookHints, notebookPath } from "../../src/host/notebook-path.ts";

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stemma-notebook-"));
  folder = join(root, "sub dir");
  mkdirSync(folder);
  writeFileSync(join(folder, "my größe.ipynb"), "{}");
});

const hints = (over: Partial<NotebookHints>): NotebookHints => ({
  session: undefined,
  variable: undefined,
  vscode: undefined,
  folder,
  ...over,
});

describe("notebookPath", () => {
  it("finds a session name that is relative to the server's root beside the kernel", () =>
    expect(notebookPath(hints({ session: "sub dir/my größe.ipynb" }))).toBe(join(folder, "my größe.ipynb")));

  it("prefers the notebook's own folder to a deeper one of the same name", () => {
    mkdirSync(join(folder, "sub dir"));
    writeFileSync(join(folder, "sub dir", "my größe.ipynb"), "{}");
    expect(notebookPath(hints({ session: "sub dir/my größe.ipynb" }))).toBe(join(folder, "my größe.ipynb"));
  });

  it("finds a session name relative to the kernel's folder where the kernel starts above", () =>
    expect(notebookPath(hints({ session: "sub dir/my größe.ipynb", folder: root }))).toBe(
      join(folder, "my größe.ipynb"),
    ));

  it("takes an absolute session name", () =>
    expect(notebookPath(hints({ session: join(folder, "my größe.ipynb"), folder: "/" }))).toBe(
      join(folder, "my größe.ipynb"),
    ));

  it("goes on to the variable and to VS Code when the session's notebook is gone", () => {
    const session = "sub dir/renamed.ipynb";
    expect(notebookPath(hints({ session, variable: "my größe.ipynb" }))).toBe(join(folder, "my größe.ipynb"));
    expect(notebookPath(hints({ session, vscode: join(folder, "my größe.ipynb") }))).toBe(
      join(folder, "my größe.ipynb"),
    );
  });

  it("says null rather than a path that is not there", () =>
    expect(
      notebookPath(hints({ session: "gone.ipynb", variable: "/nowhere/a.ipynb", vscode: "/nowhere" })),
    ).toBeNull());
});

describe("kernelIdOf", () => {
  const id = "0b1f7b36-5c5e-4a3c-9d55-6f2f5f0c1a2b";

  it("is the middle of the connection file's name, in our kernel and in tslab", () => {
    expect(kernelIdOf(["node", "main.js", "--connection-file", `/run/jupyter/kernel-${id}.json`])).toBe(id);
    expect(kernelIdOf(["node", "tslab", "kernel", `--config-path=x/kernel-${id}.json`])).toBe(id);
  });

  it("is null for a headless runner's file", () =>
    expect(kernelIdOf(["node", "main.js", "--connection-file", "/tmp/tmp8f3a.json"])).toBeNull());
});
