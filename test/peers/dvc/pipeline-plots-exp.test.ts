import { execFileSync } from "node:child_process";
import { commit, type Edit, git, twin, write } from "./twin.ts";

/** The newest commit becomes an experiment of the one before; made here, because DVC's own carry the time of day. */
const experiment: Edit = async (place) => {
  const at = { cwd: place.repo, env: place.env, encoding: "utf8" } as const;
  const baseline = execFileSync("git", ["rev-parse", "HEAD~1"], at).trim();
  await git("update-ref", `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/mine`, "HEAD")(place);
  await git("reset", "-q", "--hard", "HEAD~1")(place);
};

twin("plots diff -e draws an experiment beside the commit that it began from", [
  write("p.csv", "x,y\n1,2\n"),
  write("dvc.yaml", "plots:\n- p.csv:\n    x: x\n    y: y\n"),
  commit("one"),
  write("p.csv", "x,y\n1,3\n"),
  commit("experiment"),
  experiment,
  write("p.csv", "x,y\n1,4\n"),
  "plots diff --json -e mine",
]);
