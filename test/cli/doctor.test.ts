import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { emptyFolder, stemma } from "./stemma.ts";

interface Answer {
  readonly checks: readonly { readonly name: string; readonly finding: string; readonly ok: boolean }[];
}

it("says how a repository is set up, which links work here, and leaves no trace of trying them", () => {
  const folder = emptyFolder();
  execFileSync("git", ["init", "-q"], { cwd: folder });
  stemma(folder, "init", "-q");
  writeFileSync(join(folder, "a"), "a");
  stemma(folder, "add", "-q", "a");
  stemma(folder, "remote", "add", "-q", "-d", "lab", "s3://bucket/x");
  const before = [readdirSync(folder), readdirSync(join(folder, ".dvc", "cache"))];
  const { code, out } = stemma(folder, "doctor", "--json");
  expect(code).toBe(0);
  const findings = new Map((JSON.parse(out) as Answer).checks.map(({ name, finding }) => [name, finding]));
  expect(findings.get("DVC repository")).toBe("dvc, git");
  expect(findings.get("Remotes")).toBe("lab (s3, default)");
  expect(findings.get("Cache types")).toMatch(/hardlink, symlink, copy work here; (reflink|copy) is used/);
  expect([readdirSync(folder), readdirSync(join(folder, ".dvc", "cache"))]).toEqual(before);
});

it("ends with 1 at a configuration that cannot be read", () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, ".dvc"));
  writeFileSync(join(folder, ".dvc", "config"), "[core\n");
  const { code, out } = stemma(folder, "doctor");
  expect([code, out]).toEqual([1, expect.stringMatching(/^DVC repository +PROBLEM: .*config/m)]);
});
