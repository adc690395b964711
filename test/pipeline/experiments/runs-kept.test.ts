import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openRuns } from "../../../src/track/index.ts";
import { root } from "../../support/tools.ts";

const stemma = (folder: string, ...args: readonly string[]): string =>
  execFileSync(process.execPath, [join(root, "src/cli/main.ts"), ...args], { cwd: folder, encoding: "utf8" });

it("experiments beside each other keep what they track, also the first ones of a project", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "stemma runs of experiments-")));
  const git = (...args: readonly string[]): void =>
    void execFileSync("git", ["-c", "user.name=ada", "-c", "user.email=ada@example.org", ...args], { cwd: folder });
  git("init", "-q");
  stemma(folder, "init", "-q");
  writeFileSync(join(folder, "params.yaml"), "lr: 1\n");
  const library = JSON.stringify(join(root, "src/index.ts"));
  writeFileSync(
    join(folder, "fit.mts"),
    `import { readFileSync } from "node:fs"; import { track } from ${library};
     const lr = readFileSync("params.yaml", "utf8").trim().slice(4);
     await track("grid", { lr }, (run) => run.log({ rmse: Number(lr) }));`,
  );
  writeFileSync(
    join(folder, "dvc.yaml"),
    `stages:\n  fit:\n    cmd: ${process.execPath} fit.mts\n    deps:\n    - fit.mts\n    params:\n    - lr\n`,
  );
  git("add", "-A");
  git("commit", "-qm", "one");
  stemma(folder, "exp", "run", "-q", "-j", "2", "-S", "lr=2,3,4");
  const runs = openRuns(folder);
  const experiment = await runs.experimentByName("grid");
  const page = await runs.searchRuns({ experimentIds: [experiment?.id ?? ""] });
  expect(page.runs.map(({ params }) => params["lr"]).toSorted()).toEqual(["2", "3", "4"]);
  expect(page.runs.map(({ status }) => status)).toEqual(["FINISHED", "FINISHED", "FINISHED"]);
  expect(existsSync(join(folder, "stemma", "stemma.db"))).toBe(true);
});
