import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { openRuns, track } from "../../src/track/index.ts";

const place = mkdtempSync(join(tmpdir(), "stemma-full-"));

/** A disk of 2 MB; only root may mount one. */
function mounted(): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", place], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const isMounted = mounted();
const before = process.cwd();
beforeAll(() => process.chdir(place));
afterAll(() => {
  openDatabase(findProject(place)).close();
  process.chdir(before);
  if (isMounted) execFileSync("umount", [place]);
  rmSync(place, { recursive: true, force: true });
});

describe.skipIf(!isMounted)("a full disk", () => {
  const filler = join(place, "filler");
  const fill = (): void => {
    for (let kilobytes = 1024; kilobytes >= 1; kilobytes /= 2) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(kilobytes * 1024), { flag: "a" });
      } catch {
        // No more blocks of this size.
      }
    }
  };

  it("stops no run: a point that cannot be kept is an error, all others are there when there is room again", async () => {
    const run = await track("seir");
    fill();
    const taken: number[] = [];
    let refused = 0;
    for (let i = 0; i < 2000; i++) {
      try {
        run.log({ rmse: i, loss: -i }, { step: i });
        taken.push(i);
      } catch (error) {
        expect(error).toMatchObject({ code: "TAIL_WRITE" });
        expect(String(error)).toMatch(/ENOSPC.*make room/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    rmSync(filler);
    for (let i = 2000; i < 3000; i++) {
      run.log({ rmse: i, loss: -i }, { step: i });
      taken.push(i);
    }
    await run.end();
    const points = await openRuns(place).metricHistory(run.id, "loss");
    expect(points.map(({ step }) => step)).toEqual(taken);
    expect(points.every(({ step, value }) => value === -step || (step === 0 && value === 0))).toBe(true);
  });

  it("takes no artifact by half, ends no run by half and opens none, each in words, and goes on when there is room", async () => {
    const run = await track("seir", { beta: 1 });
    await run.artifact("fit.json", { kept: "x".repeat(20_000) });
    fill();
    const full = /^No room on the disk.*Make room, then/;
    await expect(run.artifact("fit.json", "y".repeat(200_000))).rejects.toThrow(full);
    expect(() => run.param("large", "z".repeat(500_000))).toThrow(full);
    await expect(track("seir", { large: "z".repeat(500_000) })).rejects.toThrow(full);
    const store = openRuns(place);
    const file = Buffer.from(await store.readArtifact(run.id, "fit.json")).toString();
    expect(JSON.parse(file)).toEqual({ kept: "x".repeat(20_000) });
    expect(await store.artifacts(run.id)).toMatchObject([{ path: "fit.json" }]);
    rmSync(filler);
    expect(run.record()).toMatchObject({ status: "RUNNING", params: { beta: "1" } });
    run.param("large", "now it fits");
    await run.end();
    expect((await store.run(run.id))?.status).toBe("FINISHED");
    expect(readdirSync(join(run.record().artifactFolder))).toEqual(["fit.json"]);
  });

  it("keeps nothing of a write to the database that it cannot keep whole, and says so", async () => {
    const store = openRuns(place);
    const run = await track("seir");
    fill();
    const params = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`p${i}`, "x".repeat(5000)]));
    const metrics = [{ key: "rmse", value: 1, step: 0, timeMs: 0 }];
    await expect(store.logBatch(run.id, { metrics, params })).rejects.toMatchObject({ code: "DATABASE_FULL" });
    rmSync(filler);
    expect(await store.run(run.id)).toMatchObject({ params: {}, metrics: {}, status: "RUNNING" });
    await store.logBatch(run.id, { metrics, params });
    expect(Object.keys((await store.run(run.id))?.params ?? {})).toHaveLength(90);
    await run.end();
  });
});
