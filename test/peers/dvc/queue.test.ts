import { describe, expect, it } from "vitest";
import { must, newRepo, type Repo } from "./exp-twin.ts";

/** Looks again until it is so; the workers run by themselves. */
async function until(repo: Repo, who: "dvc" | "stemma", holds: (status: string) => boolean): Promise<string> {
  for (;;) {
    const { out } = await must(repo[who]("queue", "status"));
    if (holds(out)) return out;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const slow =
  "import time\nopen('metrics.json', 'w').write('{\"live\": 7}')\nprint('begins', flush=True)\ntime.sleep(600)\n";

describe.concurrent("the queue", () => {
  it("of DVC's own is shown as DVC shows it: what waits, failed and succeeded, with logs", async () => {
    const repo = await newRepo();
    await must(repo.dvc("exp", "run", "-q", "--queue", "-S", "lr=0.2", "-n", "good"));
    await must(repo.dvc("exp", "run", "-q", "--queue", "-S", "lr=9.0", "-n", "broken"));
    await must(repo.dvc("queue", "start"));
    await until(repo, "dvc", (status) => status.includes("Success") && status.includes("Failed"));
    await must(repo.dvc("queue", "stop"));
    await until(repo, "dvc", (status) => status.includes("0 active, 0 idle"));
    await must(repo.dvc("exp", "run", "-q", "--queue", "-S", "lr=0.3", "-n", "waits"));
    const [theirs, ours] = await Promise.all([repo.dvc("queue", "status"), repo.stemma("queue", "status")]);
    expect(ours.out).toBe(theirs.out);
    const show = ["exp", "show", "--json"];
    const [real, own] = [await must(repo.dvc(...show)), await must(repo.stemma(...show))];
    expect(JSON.parse(own.out)).toEqual(JSON.parse(real.out));
    const log = await repo.stemma("queue", "logs", "broken");
    expect(log).toEqual(await repo.dvc("queue", "logs", "broken"));
    expect(log.out).toContain("lr is too high");
    // What is DVC's is left to DVC, in words.
    const removed = await repo.stemma("queue", "remove", "waits");
    expect([removed.code, removed.err]).toEqual([255, expect.stringContaining("dvc queue remove waits")]);
    expect(await repo.stemma("queue", "logs", "waits")).toMatchObject({ code: 255 });
    expect(await repo.stemma("queue", "remove", "nothing")).toMatchObject({ code: 255 });
  }, 120_000);

  it("is emptied in the background, two at once; what failed stays aside until it is removed", async () => {
    const repo = await newRepo();
    await must(repo.stemma("exp", "run", "--queue", "-S", "lr=0.2,0.3", "-n", "good"));
    await must(repo.stemma("exp", "run", "--queue", "-S", "lr=9.0", "-n", "broken"));
    expect((await repo.stemma("queue", "status")).out.match(/Queued/g)).toHaveLength(3);
    expect((await must(repo.stemma("queue", "start", "-j", "2"))).out).toBe(
      "Started '2' new experiments task queue workers.\n",
    );
    const status = await until(
      repo,
      "stemma",
      (text) => !/Queued|Running/.test(text) && text.includes("0 active, 0 idle"),
    );
    expect(status).toMatch(/broken .*Failed\n(.*good-\d .*Success\n){2}/);
    expect((await must(repo.stemma("queue", "logs", "good-1"))).out).toMatch(/Running stage 'fit'[\s\S]*good-1/);
    expect((await repo.stemma("queue", "logs", "broken")).out).toContain("lr is too high");
    expect((await must(repo.dvc("exp", "list", "--name-only"))).out.split("\n").toSorted()).toEqual([
      "",
      "good-1",
      "good-2",
    ]);
    const shown = JSON.parse((await must(repo.stemma("exp", "show", "--json"))).out);
    const states = shown[1].experiments.map((one: { readonly name: string; readonly executor: object }) => [
      one.name,
      one.executor,
    ]);
    expect(Object.fromEntries(states)).toMatchObject({
      "good-1": { state: "success", local: { returncode: 0 } },
      broken: { state: "failed", local: { returncode: 1 } },
    });
    expect((await must(repo.stemma("queue", "remove", "--failed"))).out).toBe("Removed tasks in queue: broken\n");
    await must(repo.stemma("queue", "remove", "--success"));
    expect((await repo.stemma("queue", "status")).out).toMatch(/^No experiment tasks in the queue\.\n/);
    expect((await repo.stemma("exp", "list", "--name-only")).out).toContain("good-1");
  }, 120_000);

  it("an experiment that runs is interrupted, or killed with its commands; workers end when they are told to", async () => {
    const repo = await newRepo();
    repo.write("fit.py", slow);
    for (const name of ["first", "second", "third"]) await must(repo.stemma("exp", "run", "--queue", "-n", name));
    await must(repo.stemma("queue", "start"));
    const begun = async (name: string): Promise<void> => {
      for (;;) {
        if ((await repo.stemma("queue", "logs", name)).out.includes("begins")) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    await begun("first");
    const [, baseline] = JSON.parse((await must(repo.stemma("exp", "show", "--json"))).out);
    expect(baseline.experiments[0]).toMatchObject({
      name: "first",
      revs: [{ name: "first", data: { rev: "workspace", metrics: { "metrics.json": { data: { live: 7 } } } } }],
      executor: { state: "running", local: { root: expect.stringContaining(repo.folder) } },
    });
    expect((await must(repo.stemma("exp", "show", "--csv"))).out).toMatch(/first.*7/);
    expect((await must(repo.stemma("queue", "kill", "first"))).out).toBe("first has been killed.\n");
    await begun("second");
    await must(repo.stemma("queue", "stop", "--kill"));
    const status = await until(repo, "stemma", (text) => text.includes("0 active, 0 idle"));
    expect(status).toMatch(/third .*Queued\n.*(first|second) .*Failed\n.*(first|second) .*Failed\n/);
    expect(await repo.stemma("queue", "kill", "third")).toMatchObject({
      code: 255,
      err: "ERROR: 'third' is not a valid running experiment name\n",
    });
    expect(repo.git("worktree", "list").trim().split("\n")).toHaveLength(1);
  }, 120_000);
});
