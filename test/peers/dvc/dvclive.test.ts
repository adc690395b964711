import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { root, tool } from "../../support/tools.ts";
import { must, newRepo, type Repo } from "./exp-twin.ts";

const theirs = `
from dvclive import Live
import sys
with Live(save_dvc_exp=sys.argv[1] == "save", exp_name="training") as live:
    live.log_params({"lr": 0.3, "steps": [1, 2], "net": {"act": "relu", "deep": True}, "größe": "groß: x", "tiny": 1e-07})
    for step in range(3):
        live.log_metric("train/loss", 1 / (step + 1))
        live.log_metric("seen", step * 7)
        live.log_metric("bad", float("nan") if step else 0.5)
        live.next_step()
`;

const ours = (options: string): string => `
import { track } from ${JSON.stringify(join(root, "src", "index.ts"))};
const params = { lr: 0.3, steps: [1, 2], net: { act: "relu", deep: true }, größe: "groß: x", tiny: 1e-7 };
await track({ experiment: "seir", name: "training", params, dvclive: ${options} }, (run) => {
  for (let step = 0; step < 3; step++) run.log({ "train/loss": 1 / (step + 1), seen: step * 7, bad: step ? NaN : 0.5 }, { step });
});
`;

function run(repo: Repo, program: string, args: readonly string[]): void {
  execFileSync(program, args, { cwd: repo.folder, env: repo.env, stdio: "pipe" });
}

function filesOf(repo: Repo): Readonly<Record<string, string>> {
  const top = join(repo.folder, "dvclive");
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  const paths = files.map((item) => join(item.parentPath, item.name)).toSorted();
  const shown = [...paths, join(repo.folder, "dvc.yaml")];
  return Object.fromEntries(shown.map((path) => [relative(repo.folder, path), readFileSync(path, "utf8")]));
}

it("writes what dvclive writes, to the byte, and runs of both are the same experiment to DVC", async () => {
  const [real, own] = [await newRepo(), await newRepo()];
  run(real, tool("python"), ["-c", theirs, "save"]);
  run(own, process.execPath, ["--input-type=module-typescript", "-e", ours("true")]);
  const written = filesOf(own);
  const wanted = filesOf(real);
  // dvclive's loop calls next_step() once more than there are steps.
  const summary = "dvclive/metrics.json";
  expect({ ...written, [summary]: "" }).toEqual({ ...wanted, [summary]: "" });
  const last = (text: string | undefined): unknown => ({ ...JSON.parse(text ?? ""), step: 0 });
  expect(last(written[summary])).toEqual(last(wanted[summary]));
  const shown = async (repo: Repo): Promise<unknown> => {
    const [, base] = JSON.parse((await must(repo.dvc("exp", "show", "--json"))).out);
    const [{ name, revs }] = base.experiments;
    return [name, revs[0].data.params, revs[0].data.metrics["metrics.json"], revs[0].error];
  };
  expect(await shown(own)).toEqual(await shown(real));
});

it("takes the place of an earlier run in dvc.yaml, and keeps what a person wrote there", async () => {
  const repo = await newRepo();
  repo.write("dvc.yaml", `${readFileSync(join(repo.folder, "dvc.yaml"), "utf8")}# mine\nmetrics:\n- own.json\n`);
  for (const name of ["live", "live", "dvclive"]) {
    run(repo, process.execPath, ["--input-type=module-typescript", "-e", ours(`{ dir: "${name}", save: false }`)]);
  }
  const text = readFileSync(join(repo.folder, "dvc.yaml"), "utf8");
  expect(text).toContain("# mine\nmetrics:\n- own.json\n- live/metrics.json\n- dvclive/metrics.json\n");
  expect(text.match(/live\/plots\/metrics/g)).toHaveLength(2);
  expect((await must(repo.dvc("exp", "list", "--name-only"))).out).toBe("");
});

it("keeps the run where there is no git repository, and says why it is no experiment", async () => {
  const repo = await newRepo();
  const folder = join(repo.folder, "..", "nowhere");
  execFileSync("mkdir", [folder]);
  run({ ...repo, folder }, process.execPath, ["--input-type=module-typescript", "-e", ours("true")]);
  expect(existsSync(join(folder, "dvclive", "metrics.json"))).toBe(true);
});
