import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { findProject, type Project } from "../../src/store/index.ts";
import {
  checkoutData,
  checkoutOuts,
  collectGarbage,
  dataStatus,
  moveData,
  removeData,
  updateImport,
} from "../../src/version/index.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "stemma-hand-")));
let folder = "";
let project: Project;
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

beforeEach(() => {
  folder = join(mkdtempSync(join(base, "game-")), "project");
  mkdirSync(join(folder, ".dvc"), { recursive: true });
  put(".dvc/config", "[core]\n    no_scm = True\n");
  project = findProject(folder);
  object("evil");
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function object(text: string): void {
  const file = join(".dvc/cache/files/md5", md5(text).slice(0, 2), md5(text).slice(2));
  put(file, text);
  chmodSync(join(folder, file), 0o444);
}

/** What lies around the project and in it, but for the cache. */
function everything(): readonly string[] {
  return readdirSync(dirname(folder), { recursive: true })
    .map(String)
    .filter((path) => !/cache|\.dvc\/tmp/.test(path))
    .toSorted();
}

const entry = (path: string): string =>
  `- md5: ${md5("evil")}\n  size: 4\n  hash: md5\n  path: ${JSON.stringify(path)}\n`;
const yaml = (out: string): string => `stages:\n  s:\n    cmd: x\n    outs: [${JSON.stringify(out)}]\n`;
const lock = (path: string): string =>
  `schema: '2.0'\nstages:\n  s:\n    cmd: x\n    outs:\n${entry(path).replace(/^/gm, "    ").trimEnd()}\n`;

const paths = ["../out", "/tmp/out", "a/../../out", ".git/hooks/pre-commit", "x/.DVC/config", "a\0b", "s3://bucket/x"];

describe("data that a hand-written file would put elsewhere", () => {
  it.each(paths)("is refused by its name: %s in a .dvc file", async (path) => {
    put("bad.dvc", `outs:\n${entry(path)}`);
    const before = everything();
    await expect(checkoutData(project, "bad.dvc", { folder })).rejects.toThrow(/bad\.dvc.*only/s);
    await expect(checkoutOuts(project, {})).rejects.toThrow(/bad\.dvc/);
    await expect(dataStatus(project)).rejects.toThrow(/bad\.dvc/);
    await expect(collectGarbage(project, {})).rejects.toThrow(/bad\.dvc/);
    expect(everything()).toEqual(before);
  });

  it.each(paths)("is refused by its name: %s in a dvc.lock", async (path) => {
    put("dvc.yaml", yaml(path));
    put("dvc.lock", lock(path));
    const before = everything();
    await expect(checkoutOuts(project, {})).rejects.toThrow(/dvc\.lock.*only data in the project/s);
    expect(everything()).toEqual(before);
  });

  it("is refused where a wdir leads out of the project", async () => {
    put("sub/bad.dvc", `wdir: ../..\nouts:\n${entry("out")}`);
    await expect(checkoutOuts(project, {})).rejects.toThrow('sub/bad.dvc: "../out" leaves the folder');
  });

  it("is refused below a folder that is a link", async () => {
    mkdirSync(join(dirname(folder), "elsewhere"));
    symlinkSync("../elsewhere", join(folder, "way"));
    put("way.out.dvc", `outs:\n${entry("way/out")}`);
    await expect(checkoutOuts(project, {})).rejects.toThrow(/symbolic link/);
    expect(readdirSync(join(dirname(folder), "elsewhere"))).toEqual([]);
  });
});

describe("data that a cloud's storage keeps the versions of", () => {
  const text = `outs:\n- md5: ${md5("evil")} # theirs\n  size: 4\n  hash: md5\n  cloud:\n    lab:\n      etag: abc\n      version_id: '12'\n  path: kept\n`;

  it("is not moved, removed or updated, and stays as it was written", async () => {
    put("kept.dvc", text);
    put("kept", "evil");
    await expect(moveData(project, { from: "kept", to: "other" }, { folder })).rejects.toThrow(/cloud's storage/);
    await expect(removeData(project, "kept.dvc", { folder, outs: true })).rejects.toThrow(/cloud's storage/);
    put("import.dvc", `frozen: true\ndeps:\n- path: ../x\n${text.replace("kept", "import")}`);
    await expect(updateImport(project, "import.dvc", { folder })).rejects.toThrow(/cloud's storage/);
    expect([readFileSync(join(folder, "kept.dvc"), "utf8"), existsSync(join(folder, "kept"))]).toEqual([text, true]);
  });
});
