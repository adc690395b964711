import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { must, newRepo, type Repo } from "./exp-twin.ts";

/** What lies in a folder of objects. */
function objectsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /[0-9a-f]{2}.[0-9a-f]{30}$/.test(path))
    .toSorted();
}

/** A repository with a data remote, a git remote, one experiment, and data in the folder that is in no experiment. */
async function withExperiment(): Promise<Repo> {
  const repo = await newRepo();
  const around = dirname(repo.folder);
  execFileSync("git", ["init", "-q", "--bare", join(around, "origin.git")]);
  repo.git("remote", "add", "origin", join(around, "origin.git"));
  await must(repo.dvc("remote", "add", "-q", "-d", "store", join(around, "store")));
  await must(repo.dvc("exp", "run", "-q", "--temp", "-n", "one", "-S", "lr=0.2"));
  await must(repo.dvc("exp", "run", "-q", "--temp", "-n", "other", "-S", "lr=0.4"));
  repo.write("extra.bin", "in no experiment\n");
  await must(repo.dvc("add", "-q", "extra.bin"));
  return repo;
}

describe.concurrent("the data of experiments", () => {
  it("goes with them and no other does, to the remote and back, as with DVC", async () => {
    const [theirs, ours] = await Promise.all([withExperiment(), withExperiment()]);
    const store = (repo: Repo): readonly string[] => objectsIn(join(dirname(repo.folder), "store", "files", "md5"));
    await must(theirs.dvc("exp", "push", "-q", "origin", "one"));
    await must(ours.stemma("exp", "push", "-q", "origin", "one"));
    expect(store(ours)).toEqual(store(theirs));
    await must(ours.stemma("exp", "push", "-q", "origin", "other"));
    expect(store(ours).length).toBeGreaterThan(store(theirs).length);
    await must(ours.stemma("exp", "remove", "one", "other"));
    execFileSync("rm", ["-rf", join(ours.folder, ".dvc", "cache")]);
    await must(ours.stemma("exp", "pull", "-q", "origin", "one"));
    expect(objectsIn(join(ours.folder, ".dvc", "cache", "files", "md5"))).toEqual(store(theirs));
  });

  it.for(["stemma", "dvc"] as const)("of what waits in the queue of %s is kept by gc", async (who) => {
    const repo = await newRepo();
    const cache = join(repo.folder, ".dvc", "cache", "files", "md5");
    for (const cases of ["9\n8\n", "7\n6\n"]) {
      repo.write("cases.csv", cases);
      await must(repo.stemma("add", "-q", "cases.csv"));
      await must(repo[who]("exp", "run", "-q", "--queue"));
    }
    repo.git("checkout", "-q", "--", "cases.csv.dvc");
    await must(repo.stemma("checkout", "-q"));
    const before = objectsIn(cache);
    await must(repo.stemma("gc", "-w", "-f", "-q"));
    expect(objectsIn(cache)).toEqual(before);
    if (who === "dvc") return;
    await must(repo.stemma("queue", "remove", "--all"));
    await must(repo.stemma("gc", "-w", "-f", "-q"));
    expect(objectsIn(cache)).toHaveLength(before.length - 2);
  });
});
