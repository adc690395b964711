import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findProject } from "../../../src/store/index.ts";
import { addData, checkoutData, dataStatus } from "../../../src/version/index.ts";
import { dvc, dvcStatus, git, newFolder, tree } from "./dvc.ts";

const write = (folder: string, name: string, text: string): void => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
};

describe("a repository that DVC made", () => {
  let folder = "";
  beforeAll(() => {
    folder = newFolder();
    git(folder, "init", "-q");
    dvc(folder, "init", "-q");
    write(folder, "cases.csv", "1\n");
    write(folder, "my data/ä 😀.txt", "x");
    write(folder, "my data/sub/y", "");
    write(folder, "raw/z.csv", "z\n");
    dvc(folder, "add", "-q", "cases.csv", "my data", "raw/z.csv");
  });

  const states = async (): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries((await dataStatus(findProject(folder))).map(({ path, state }) => [path, state]));

  it("is unchanged to our status", async () => {
    expect(await states()).toEqual({ "cases.csv": "unchanged", "my data": "unchanged", "raw/z.csv": "unchanged" });
  });

  it("stays byte for byte the same when we add unchanged data", async () => {
    const before = tree(folder);
    for (const path of ["cases.csv", "my data", "raw/z.csv"]) {
      expect(await addData(findProject(folder), path)).toMatchObject({ changed: false });
    }
    expect(tree(folder)).toEqual(before);
  });

  it("is restored by our checkout after the data was deleted", async () => {
    const before = tree(folder);
    for (const path of ["cases.csv", "my data", "raw"]) rmSync(join(folder, path), { recursive: true });
    write(folder, "raw/.gitignore", "/z.csv\n");
    write(folder, "raw/z.csv.dvc", String(before.get("raw/z.csv.dvc")).replace(/^file \d+ /, ""));
    expect(await states()).toEqual({ "cases.csv": "deleted", "my data": "deleted", "raw/z.csv": "deleted" });
    await checkoutData(findProject(folder), null);
    expect(tree(folder)).toEqual(before);
    expect(dvcStatus(folder)).toEqual({});
  });

  it("says modified and not in cache where DVC says so", async () => {
    write(folder, "cases.csv", "changed\n");
    rmSync(join(folder, ".dvc", "cache", "files", "md5", "9d"), { recursive: true, force: true });
    const digest = createHash("md5").update("z\n").digest("hex");
    rmSync(join(folder, ".dvc", "cache", "files", "md5", digest.slice(0, 2), digest.slice(2)));
    expect(dvcStatus(folder)).toEqual({
      "cases.csv.dvc": [{ "changed outs": { "cases.csv": "modified" } }],
      "my data.dvc": [{ "changed outs": { "my data": "not in cache" } }],
      "raw/z.csv.dvc": [{ "changed outs": { "raw/z.csv": "not in cache" } }],
    });
    expect(await states()).toEqual({ "cases.csv": "modified", "my data": "not in cache", "raw/z.csv": "not in cache" });
  });
});

describe("entries of DVC 2", () => {
  it("are read from their own cache by their own digest, and rewritten as DVC 3 when the data changes", async () => {
    const fresh = (): string => {
      const folder = newFolder();
      dvc(folder, "init", "-q", "--no-scm");
      write(folder, "cases.csv", "1\r\n2\r\n");
      const digest = createHash("md5").update("1\n2\n").digest("hex");
      const object = `.dvc/cache/${digest.slice(0, 2)}/${digest.slice(2)}`;
      write(folder, object, "1\r\n2\r\n");
      chmodSync(join(folder, object), 0o444);
      write(folder, "cases.csv.dvc", `outs:\n- md5: ${digest}\n  size: 6\n  path: cases.csv\n`);
      return folder;
    };
    const [ours, theirs] = [fresh(), fresh()];
    expect(dvcStatus(ours)).toEqual({});
    expect(await dataStatus(findProject(ours))).toMatchObject([{ state: "unchanged" }]);
    rmSync(join(ours, "cases.csv"));
    await checkoutData(findProject(ours), "cases.csv");
    expect(readFileSync(join(ours, "cases.csv"), "utf8")).toBe("1\r\n2\r\n");
    for (const folder of [ours, theirs]) write(folder, "cases.csv", "3\r\n");
    await addData(findProject(ours), "cases.csv");
    dvc(theirs, "add", "-q", "cases.csv");
    expect(tree(ours)).toEqual(tree(theirs));
    expect(existsSync(join(ours, ".dvc", "cache", "files"))).toBe(true);
  });
});
