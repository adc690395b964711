import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { openRuns, startDetached, track } from "../../src/track/index.ts";
import { settle } from "../../src/track/local/index.ts";

const before = process.cwd();
const face = join(import.meta.dirname, "../../src/track/index.ts");
beforeEach(() => process.chdir(mkdtempSync(join(tmpdir(), "stemma-detached-"))));
afterEach(() => {
  process.chdir(before);
  for (const name of ["MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"]) delete process.env[name];
});

async function killedStage(id: string): Promise<void> {
  const program = `import { track } from ${JSON.stringify(face)};
    const run = await track({ experiment: "iris", sync: "call" });
    run.log({ rmse: 3 });
    process.kill(process.pid, "SIGKILL");`;
  const env = { ...process.env, MLFLOW_RUN_ID: id };
  await once(spawn(process.execPath, ["--input-type=module", "-e", program], { env, stdio: "inherit" }), "exit");
}

describe("a run that is gone on with elsewhere", () => {
  it("outlives a stage that is killed, with what that logged, until it is ended", async () => {
    const id = await startDetached({ experiment: "iris", name: "v3", params: { depth: 3 } });
    await killedStage(id);
    expect(await openRuns().run(id)).toMatchObject({
      name: "v3",
      status: "RUNNING",
      params: { depth: "3" },
      metrics: { rmse: { value: 3 } },
    });
    await openRuns().updateRun(id, { status: "FINISHED", endMs: Date.now() });
    expect(track.runs("iris")[0]?.status).toBe("FINISHED");
  });

  it("becomes KILLED when nobody was heard of it for its whole time, which each stage gives it again", async () => {
    const project = findProject(process.cwd());
    const id = await startDetached({ experiment: "iris" });
    const day = 24 * 3_600_000;
    openDatabase(project).write((sql) => sql.run("UPDATE lease SET expires = ?", Date.now() + 60_000));
    await track({ experiment: "iris", name: "stage", parent: id }, () => {});
    settle(project, Date.now() + 6 * day);
    expect((await openRuns().run(id))?.status).toBe("RUNNING");
    settle(project, Date.now() + 8 * day);
    expect((await openRuns().run(id))?.status).toBe("KILLED");
  });
});

describe("the experiment of the environment", () => {
  it("is taken by name, then by id, where the call names none", async () => {
    process.env["MLFLOW_EXPERIMENT_NAME"] = "iris";
    expect((await track({ name: "a" }, () => {})).experiment).toBe("iris");
    expect((await track("seir", () => {})).experiment).toBe("seir");
    delete process.env["MLFLOW_EXPERIMENT_NAME"];
    process.env["MLFLOW_EXPERIMENT_ID"] = track.experiment("iris").record()?.id ?? "";
    expect((await track({ name: "b" }, () => {})).experiment).toBe("iris");
    process.env["MLFLOW_EXPERIMENT_ID"] = "4711";
    await expect(track({ name: "c" })).rejects.toMatchObject({ code: "EXPERIMENT_NOT_FOUND" });
    delete process.env["MLFLOW_EXPERIMENT_ID"];
    await expect(track({ name: "d" })).rejects.toThrow("track() got no experiment");
  });
});
