import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withoutSecrets } from "../../../src/git/git.ts";
import { changesNow, changesOf } from "../../../src/git/index.ts";
import { commandLine } from "../../../src/track/context-machine.ts";
import { diffOf, type Run, track } from "../../../src/track/index.ts";

const before = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stemma kontext "));
  process.chdir(folder);
});
afterEach(() => process.chdir(before));

function git(...args: readonly string[]): string {
  const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...identity, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** A commit of a file, a notebook and some bytes. */
function repository(): void {
  git("init");
  writeFileSync("größe.ts", "export const a = 1;\n");
  writeFileSync("b.bin", Buffer.from([0, 1, 2]));
  writeFileSync("fit.ipynb", "{}\n");
  git("add", ".");
  git("commit", "-m", "first");
  git("remote", "add", "origin", "https://ada:s3cret@example.org/team/seir.git");
}

function diffText(run: Run<unknown>): string {
  return Buffer.from(diffOf(run.record()) ?? "").toString("utf8");
}

describe("a run in a repository", () => {
  it("keeps where it comes from, without the password", async () => {
    repository();
    const { tags } = (await track("seir", () => {})).record();
    expect(tags).toMatchObject({
      "mlflow.source.git.commit": git("rev-parse", "HEAD").trim(),
      "mlflow.source.git.branch": "main",
      "mlflow.source.git.dirty": "false",
      "mlflow.source.git.repoURL": "https://example.org/team/seir.git",
    });
    expect(tags).not.toHaveProperty("stemma.git.changed");
  });

  it("keeps a diff that brings the working tree back from the commit, also when it ends at once", async () => {
    repository();
    writeFileSync("größe.ts", "export const a = 2;\n");
    writeFileSync("b.bin", Buffer.from([0, 9, 9, 9]));
    writeFileSync("fit.ipynb", '{"outputs": "many"}\n');
    mkdirSync("neu");
    writeFileSync("neu/c.txt", "c");
    const run = await track("seir", () => {});
    expect(run.record().tags).toMatchObject({
      "mlflow.source.git.dirty": "true",
      "mlflow.source.git.diff": diffText(run),
      "stemma.git.changed": "b.bin, größe.ts",
      "stemma.git.untracked": expect.stringContaining("neu/"),
    });
    writeFileSync("../kept.diff", diffText(run));
    git("checkout", "--", ".");
    git("apply", join(folder, "..", "kept.diff"));
    expect(readFileSync("größe.ts", "utf8")).toBe("export const a = 2;\n");
    expect([...readFileSync("b.bin")]).toEqual([0, 9, 9, 9]);
    rmSync("../kept.diff");
  });

  it("keeps the diff while it is open, and nested runs leave it to the outer one", async () => {
    repository();
    writeFileSync("größe.ts", "export const a = 3;\n");
    const run = await track("seir", async (open) => {
      await expect.poll(() => open.record().tags["stemma.git.changed"]).toBe("größe.ts");
      const inner = await track("seir", () => {});
      expect(inner.record().tags).not.toHaveProperty("stemma.git.changed");
    });
    expect(diffText(run)).toContain("+export const a = 3;");
  });
});

it("a long diff is an artifact, and comes back byte for byte", async () => {
  repository();
  writeFileSync("größe.ts", Buffer.from([0xff, 0xfe, 10]));
  writeFileSync("b.bin", randomBytes(20_000));
  const run = await track("seir", () => {});
  expect(run.record().tags).not.toHaveProperty("mlflow.source.git.diff");
  const diff = diffOf(run.record());
  expect(diff).toEqual(readFileSync(join(run.record().artifactFolder, "source/changes.diff")));
  expect(diff).toEqual((await changesOf(folder))?.diff);
});

describe("changes", () => {
  it("leave out whole files that have no room, and name them", async () => {
    repository();
    writeFileSync("größe.ts", "export const a = 4;\n");
    writeFileSync("b.bin", randomBytes(2_000_000));
    const changes = await changesOf(folder);
    expect(changes).toMatchObject({ files: ["größe.ts"], leftOut: ["b.bin"], untracked: [] });
    expect(changesNow(folder)).toEqual(changes);
  });

  it("are none outside of a repository", async () => {
    expect(await changesOf(folder)).toBeNull();
    expect(changesNow(folder)).toBeNull();
  });

  it("are the untracked files alone before the first commit", async () => {
    git("init");
    writeFileSync("a", "");
    expect(await changesOf(folder)).toMatchObject({ files: [], untracked: ["a"] });
  });
});

it("a run knows its packages: the lock file's digest and the installed versions", async () => {
  writeFileSync("package.json", JSON.stringify({ dependencies: { aq: "^1" }, devDependencies: { gone: "1" } }));
  writeFileSync("package-lock.json", "{}");
  mkdirSync("node_modules/aq", { recursive: true });
  writeFileSync("node_modules/aq/package.json", JSON.stringify({ name: "aq", version: "1.2.3" }));
  const first = (await track("seir", () => {})).record().tags;
  expect(first).toMatchObject({
    "stemma.packages": '{"aq":"1.2.3"}',
    "stemma.packages.lock": "package-lock.json md5 99914b932bd37a50b983c5e7c90ae93b",
    "stemma.node": process.versions.node,
  });
  expect(first["stemma.system"]).toMatch(/^Linux .+ x64, \d+ x .+, \d+ GB$|^\w+ .+ GB$/);
  writeFileSync("package-lock.json", '{"lockfileVersion": 3}');
  expect((await track("seir", () => {})).record().tags["stemma.packages.lock"]).not.toBe(first["stemma.packages.lock"]);
});

it.each([
  ["https://ada:pw@example.org/x.git", "https://example.org/x.git"],
  ["https://token@example.org/x.git", "https://example.org/x.git"],
  ["https://a:p@w@example.org/x", "https://example.org/x"],
  ["ssh://git:pw@example.org/x.git", "ssh://git@example.org/x.git"],
  ["git@example.org:team/x.git", "git@example.org:team/x.git"],
  ["/srv/x@y.git", "/srv/x@y.git"],
])("an address is shown without secrets: %s", (address, shown) => expect(withoutSecrets(address)).toBe(shown));

it("a command line is kept without secrets", () => {
  const argv = ["node", "fit ä.ts", "--beta", "0.3", "--api-key", "abc", "--token=xyz", "PASSWORD=1"];
  expect(commandLine(argv)).toBe("node 'fit ä.ts' --beta 0.3 --api-key *** --token=*** PASSWORD=***");
});
