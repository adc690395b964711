import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { flow, ResumeError } from "../../src/flow/index.ts";
import { attemptsOf, flowRuns, openJournal } from "../../src/flow/keep/index.ts";
import { openLease } from "../../src/flow/run/lease.ts";
import { findProject } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const project = findProject(inProject());
beforeEach(() => rmSync("ran.txt", { force: true }));

const load = ({ n }: { n: number }): number[] => {
  appendFileSync("ran.txt", "load ");
  return Array.from({ length: n }, (_, i) => i);
};
const fit = ({ x }: { x: number }): number => {
  appendFileSync("ran.txt", `fit${x} `);
  if (x === 1 && existsSync("broken")) throw new Error("not yet");
  return x * 10;
};
const note = ({ n }: { n: number }): string => {
  appendFileSync("ran.txt", "note ");
  return `of ${n}`;
};
const pick = ({ fits, word }: { fits: number[]; word: string }): string => {
  appendFileSync("ran.txt", "pick ");
  return `${fits.join()} ${word}`;
};

const ran = (): string =>
  existsSync("ran.txt") ? readFileSync("ran.txt", "utf8").trim().split(" ").toSorted().join(" ") : "";

/** A flow with a map behind a step, and a step beside them that is never taken from the cache. */
const flowOf = (name: string) =>
  flow(name, { n: 2 }, (f, p) => {
    const inline = { run: "inline" } as const;
    const word = f.step(note, { n: p.n }, { ...inline, cache: false });
    const fits = f.map(f.step(load, { n: p.n }, inline), (x) => f.step(fit, { x }, inline), { max: 1 });
    return f.step(pick, { fits, word }, inline);
  });

describe("resume", () => {
  it("goes on with the params of the run, and repeats nothing that it finished, cached or not", async () => {
    const three = flowOf("three");
    writeFileSync("broken", "");
    await three.run({ n: 3 }).catch(() => {});
    rmSync("broken");
    const [failed] = flowRuns(project, { flow: "three" });
    expect(failed?.state).toBe("failed");
    expect(ran()).toBe("fit0 fit1 load note");
    rmSync("ran.txt");
    const run = await three.resume(failed?.id ?? "");
    expect(run.output).toBe("0,10,20 of 3");
    expect(ran()).toBe("fit1 fit2 pick");
    expect(flowRuns(project, { flow: "three" })[0]).toMatchObject({ id: run.id, origin: failed?.id, state: "done" });
  });

  it("from a step runs that again and all below it, and nothing beside it", async () => {
    const below = flowOf("below");
    const first = await below.run();
    rmSync("ran.txt");
    expect((await below.resume(first.id, { from: "load" })).output).toBe(first.output);
    expect(ran()).toBe("fit0 fit1 load pick");
    rmSync("ran.txt");
    const picked = await below.resume(first.id, { from: "pick" });
    expect(picked.status.steps.at(-1)?.reason).toBe("told to run again");
    expect(ran()).toBe("pick");
    const states = attemptsOf(project, first.id).map(({ step, state }) => `${step} ${state}`);
    expect(states).toContain("pick done");
  });

  it("keeps what a step gave when it ran again, in place of what it gave before", async () => {
    const count = (): number => {
      appendFileSync("count.txt", "x");
      return readFileSync("count.txt", "utf8").length;
    };
    const counting = flow("counting", {}, (f) => f.step(count, {}, { run: "inline" }));
    const first = await counting.run();
    expect((await counting.resume(first.id, { from: "count" })).output).toBe(2);
    expect((await counting.run()).output).toBe(2);
  });

  it("says which run or step there is not, and leaves a run alone that still runs", async () => {
    const wrong = flowOf("wrong");
    const { id } = await wrong.run();
    await expect(wrong.resume("none")).rejects.toThrow(
      new ResumeError(`No flow had a run "none". flow.runs() lists them.`),
    );
    expect((await wrong.resume(id.slice(0, 8))).origin).toBe(id);
    await expect(wrong.resume(id, { from: "fitt" })).rejects.toThrow(
      'has no step "fitt". Did you mean "fit"? It has note, load, fit, pick.',
    );
    // @ts-expect-error a typing error
    await expect(wrong.resume(id, { form: "fit" })).rejects.toThrow('resume() has no option "form" (options: from)');
    // @ts-expect-error a list, as run() takes it
    await expect(wrong.resume(id, { from: ["fit"] })).rejects.toThrow('resume() got from ["fit"]; it takes one name');
    await expect(flowOf("other").resume(id)).rejects.toThrow(`Run ${id} is of flow "wrong", not of "other".`);
    const lease = openLease(project);
    const head = { flow: "wrong", plan: {}, params: {}, tags: {}, origin: null, owner: lease.owner };
    openJournal(project, { ...head, id: "live" });
    await expect(wrong.resume("live")).rejects.toThrow("Run live still runs. Wait for its end, or stop it.");
    lease.end();
  });
});
