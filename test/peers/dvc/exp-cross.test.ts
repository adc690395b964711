import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../support/tools.ts";
import { must, newRepo, type Repo } from "./exp-twin.ts";

const main = join(root, "src", "cli", "main.ts");

it("experiments of both tools are shown, listed and compared alike by both", async () => {
  const repo = await newRepo();
  await must(repo.stemma("exp", "run", "-q", "--temp", "-n", "ours", "-S", "lr=0.2"));
  await must(repo.dvc("exp", "run", "-q", "--temp", "-n", "theirs", "-S", "lr=0.3"));
  await must(
    repo.stemma("exp", "run", "-q", "-n", "наш ☃".replace(" ", "-"), "-S", "note=x y", "-S", "net={act: tanh}"),
  );
  await must(repo.stemma("exp", "save", "-q", "-n", "saved"));
  for (const argv of [
    ["exp", "show", "--json", "-A"],
    ["exp", "show", "--json", "-a", "-T", "-n", "-1"],
    ["exp", "diff", "ours", "theirs", "--json"],
  ]) {
    expect(JSON.parse((await must(repo.stemma(...argv))).out)).toEqual(JSON.parse((await must(repo.dvc(...argv))).out));
  }
  for (const argv of [
    ["exp", "show"],
    ["exp", "show", "--md", "--sort-by", "rmse", "--sort-order", "desc"],
    ["exp", "show", "--csv", "--only-changed"],
    ["exp", "show", "--md", "--only-changed", "--drop", "net|note", "--keep", "lr"],
    ["exp", "list"],
    ["exp", "list", "--sha-only"],
    ["exp", "diff", "HEAD", "theirs"],
    ["exp", "diff", "theirs", "--md", "--no-path"],
  ]) {
    expect((await must(repo.stemma(...argv))).out).toBe((await must(repo.dvc(...argv))).out);
  }
});

it("what one tool saved the other applies, makes a branch of, renames and removes", async () => {
  const repo = await newRepo();
  await must(repo.stemma("exp", "run", "-q", "--temp", "-n", "ours", "-S", "lr=0.2"));
  await must(repo.dvc("exp", "run", "-q", "--temp", "-n", "theirs", "-S", "lr=0.3"));
  await must(repo.dvc("exp", "apply", "ours"));
  expect(readFileSync(join(repo.folder, "params.yaml"), "utf8")).toContain("lr: 0.2");
  expect(JSON.parse((await repo.dvc("status", "--json")).out)).toEqual({});
  await must(repo.stemma("exp", "apply", "theirs"));
  expect(readFileSync(join(repo.folder, "model.bin"), "utf8")).toContain("lr: 0.3");
  expect(JSON.parse((await repo.dvc("status", "--json")).out)).toEqual({});
  await must(repo.dvc("exp", "branch", "ours"));
  await must(repo.stemma("exp", "branch", "theirs"));
  expect(repo.git("branch", "--format=%(refname:short)").split("\n")).toEqual([
    "main",
    "ours-branch",
    "theirs-branch",
    "",
  ]);
  await must(repo.dvc("exp", "rename", "ours", "renamed"));
  await must(repo.stemma("exp", "remove", "renamed"));
  await must(repo.dvc("exp", "remove", "theirs"));
  expect((await must(repo.stemma("exp", "list", "-A"))).out).toBe("");
});

it("a grid runs two at once, and real DVC shows its experiments", async () => {
  const repo = await newRepo();
  const grid = ["-S", "lr=range(0.1,0.4,0.1)", "-S", "net.depth=2,9"];
  const { out } = await must(repo.stemma("exp", "run", "-j", "2", "-n", "grid", ...grid));
  expect(out).toContain("Ran experiment(s): grid-1, grid-2, grid-3, grid-4, grid-5, grid-6");
  const [, base] = JSON.parse((await must(repo.dvc("exp", "show", "--json"))).out);
  const found = base.experiments.map((one: { name: string; revs: [{ data: { params: object; metrics: object } }] }) => {
    const data = one.revs[0].data as { params: never; metrics: never };
    return [one.name, data.params["params.yaml"]["data"]["lr"], data.metrics["metrics.json"]["data"]["net"]["size"]];
  });
  expect(found.toSorted()).toEqual([
    ["grid-1", 0.1, 14],
    ["grid-2", 0.1, 63],
    ["grid-3", 0.2, 14],
    ["grid-4", 0.2, 63],
    ["grid-5", 0.3, 14],
    ["grid-6", 0.3, 63],
  ]);
  expect(repo.git("status", "--porcelain")).toBe("");
  expect(repo.git("worktree", "list").trim().split("\n")).toHaveLength(1);
  expect(readdirSync(join(repo.folder, ".dvc", "tmp", "exps")).filter((name) => name.startsWith("tmp"))).toEqual([]);
});

it("queued experiments wait, are shown, run, and those that fail are set aside", async () => {
  const repo = await newRepo();
  await must(repo.stemma("exp", "run", "--queue", "-n", "waiting", "-S", "lr=choice(0.5,9)"));
  repo.write("params.yaml", "lr: 1\nnet:\n  depth: 1\n");
  expect((await must(repo.stemma("exp", "show", "--csv"))).out).toMatch(/waiting-2,[0-9a-f]{7},branch_\w+,.*,Queued/);
  const ran = await repo.stemma("exp", "run", "--run-all", "-j", "2");
  expect([ran.code, ran.out]).toEqual([
    255,
    expect.stringContaining("Ran experiment(s): waiting-1\nFailed experiment(s): waiting-2"),
  ]);
  expect((await must(repo.stemma("exp", "show", "--csv"))).out).toMatch(/waiting-2,.*,Failed/);
  expect((await must(repo.dvc("exp", "list", "--name-only"))).out).toBe("waiting-1\n");
  await must(repo.stemma("exp", "remove", "waiting-2"));
  expect((await must(repo.stemma("exp", "show", "--csv"))).out).not.toContain("waiting-2");
});

it("experiments go to another repository and come from there, with their data, by both tools", async () => {
  const repo = await newRepo();
  const bare = join(dirname(repo.folder), "bare.git");
  execFileSync("git", ["init", "-q", "--bare", bare]);
  const data = join(dirname(repo.folder), "data");
  mkdirSync(data);
  repo.git("remote", "add", "origin", bare);
  await must(repo.dvc("remote", "add", "-q", "-d", "store", data));
  await must(repo.stemma("exp", "run", "-q", "--temp", "-n", "ours", "-S", "lr=0.2"));
  await must(repo.dvc("exp", "run", "-q", "--temp", "-n", "theirs", "-S", "lr=0.3"));
  expect((await must(repo.stemma("exp", "push", "origin", "theirs"))).out).toContain(
    "Pushed experiment theirs to Git remote 'origin'.",
  );
  await must(repo.dvc("exp", "push", "origin", "ours"));
  expect((await must(repo.stemma("exp", "push", "origin"))).out).toContain("are up to date on Git remote 'origin'.");
  // DVC keeps the refs of another repository in a set, whose order differs from process to process.
  const listed = async (who: "dvc" | "stemma"): Promise<readonly string[]> =>
    (await must(repo[who]("exp", "list", "origin"))).out.split("\n").toSorted();
  expect(await listed("stemma")).toEqual(await listed("dvc"));
  await must(repo.dvc("exp", "remove", "-A"));
  await must(repo.stemma("exp", "pull", "origin", "theirs"));
  await must(repo.dvc("exp", "pull", "origin", "ours"));
  expect((await must(repo.dvc("exp", "list", "--name-only"))).out).toBe("ours\ntheirs\n");
  await must(repo.stemma("exp", "remove", "-g", "origin", "ours"));
  await must(repo.stemma("exp", "rename", "-g", "origin", "theirs", "other"));
  expect((await must(repo.dvc("exp", "list", "origin", "--name-only"))).out).toBe("other\n");
});

it("a stop leaves the workspace as it was", async () => {
  const repo = await newRepo();
  repo.write(
    "fit.py",
    "import os, time\nopen('started', 'w').close()\nopen('model.bin', 'w').close()\ntime.sleep(60)\n",
  );
  const before = contentOf(repo);
  const child = spawn(process.execPath, [main, "exp", "run", "-S", "lr=0.4"], {
    cwd: repo.folder,
    env: repo.env,
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  await expect.poll(() => existsSync(join(repo.folder, "started")), { timeout: 60_000 }).toBe(true);
  child.kill("SIGINT");
  await ended;
  expect(contentOf(repo)).toEqual(before);
  expect((await must(repo.dvc("exp", "list", "--name-only"))).out).toBe("");
});

it("two processes run experiments at the same time", async () => {
  const repo = await newRepo();
  const ended = ["a", "b"].map(async (name, i) => {
    const args = [main, "exp", "run", "-q", "--temp", "-n", name, "-S", `lr=0.${i + 4}`];
    const child = spawn(process.execPath, args, { cwd: repo.folder, env: repo.env, stdio: "ignore" });
    return (await once(child, "exit"))[0];
  });
  expect(await Promise.all(ended)).toEqual([0, 0]);
  expect((await must(repo.dvc("exp", "list", "--name-only"))).out).toBe("a\nb\n");
});

function contentOf(repo: Repo): unknown {
  const files = ["params.yaml", "dvc.lock", "model.bin", "clean.csv", "metrics.json", "cases.csv"];
  return files.map((file) => readFileSync(join(repo.folder, file), "utf8"));
}
