import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { table } from "arquero";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keptMedia, type Run, readMedia, track } from "../../../src/track/index.ts";
import { version } from "../../../src/version/index.ts";

const before = process.cwd();
beforeEach(() => process.chdir(mkdtempSync(join(tmpdir(), "stemma tabellen "))));
afterEach(() => process.chdir(before));

const fits = table({ name: ["a", "ü"], rmse: [1.5, Number.NaN], at: [new Date(0), null] });

function textOf(run: Run<unknown>, path: string): string {
  return readFileSync(join(run.record().artifactFolder, path), "utf8");
}

describe("run.table()", () => {
  it("keeps Parquet, JSON and CSV, the first two as tables of MLflow", async () => {
    const run = await track("tables", async (open) => {
      await open.table("fits", fits);
      await open.table("out/fits.json", fits);
      await open.table("out/fits.json", fits);
      await open.table("fits.csv", [{ a: 1 }]);
    });
    expect(JSON.parse(run.record().tags["mlflow.loggedArtifacts"] ?? "")).toEqual([
      { path: "fits.parquet", type: "table" },
      { path: "out/fits.json", type: "table" },
    ]);
    expect(textOf(run, "out/fits.json")).toBe(
      '{"columns":["name","rmse","at"],"data":[["a",1.5,"1970-01-01T00:00:00.000Z"],["ü",null,null]]}',
    );
    expect(textOf(run, "fits.csv")).toBe("a\n1\n");
    const bytes = readFileSync(join(run.record().artifactFolder, "fits.parquet"));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    expect((await parquetReadObjects({ file, compressors }))[0]).toEqual({ name: "a", rmse: 1.5, at: new Date(0) });
  });

  it("refuses what is no table, and names that MLflow cannot find", async () => {
    const run = await track("tables");
    await expect(run.table("x", { a: 1 })).rejects.toThrow("run.table() takes a table");
    await expect(run.table("a:b", fits)).rejects.toThrow("has :, which MLflow allows in no table's name");
    await expect(run.table("x.json", [{ a: Number.POSITIVE_INFINITY }])).rejects.toThrow('Row 0 of column "a"');
    await run.end();
  });
});

describe("what was kept", () => {
  it("can be drawn at once by who wrote it, and read back by everybody", async () => {
    const chart = { $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "line" };
    const rows = Array.from({ length: 1_000 }, (_, i) => ({ i, text: "x".repeat(200), big: 2n ** 60n }));
    const run = await track("kept", async (open) => {
      await open.table("fits", rows);
      await open.table("out/fits.json", fits);
      await open.figure("plots/fit", chart);
      await open.image("samples", { width: 1, height: 1, data: [7] });
    });
    const at = keptMedia(run.record());
    const read = await readMedia(run.record());
    expect(read.tables).toEqual(at.tables);
    expect(at.tables[0]).toMatchObject({ path: "fits.parquet", rows: 1_000, columns: ["i", "text", "big"] });
    expect(at.tables[0]?.top).toHaveLength(10);
    expect(at.tables[0]?.top[3]).toEqual([3, `${"x".repeat(79)}…`, "1152921504606846976"]);
    expect(at.tables[1]?.top).toEqual([
      ["a", 1.5, "1970-01-01T00:00:00.000Z"],
      ["ü", null, null],
    ]);
    expect(at.figures).toEqual([{ path: "plots/fit.vl.json", spec: chart }]);
    expect(at.images).toHaveLength(1);
  });

  it("leads to no file outside of the run, whatever its tags say", async () => {
    writeFileSync("secret.json", '{"columns":["a"],"data":[[1]]}');
    const run = await track("kept", (open) => {
      open.tag(
        "mlflow.loggedArtifacts",
        '[{"path": "../../../../secret.json", "type": "table"}, {"path": "/etc/passwd", "type": "table"}]',
      );
    });
    expect((await readMedia(run.record())).tables).toEqual([]);
    for (const text of ["{", '"x"', "[1, null]"]) {
      const other = await track("kept", (one) => one.tag("mlflow.loggedArtifacts", text));
      expect((await readMedia(other.record())).tables).toEqual([]);
    }
  });
});

describe("run.input()", () => {
  it("keeps a table in memory by the digest that version() gives its file", async () => {
    const data = await version("fits.parquet", fits);
    const run = await track("inputs", async (open) => {
      await open.input(fits, { context: "training", name: "fits" });
      open.input(data, { context: "test" });
    });
    const [memory, file] = run.record().inputs;
    expect(memory).toMatchObject({ name: "fits", digest: data.md5, sourceType: "code" });
    expect(memory?.tags).toEqual({ "mlflow.data.context": "training" });
    expect(JSON.parse(memory?.schema ?? "")).toEqual({
      mlflow_colspec: [
        { type: "string", name: "name", required: true },
        { type: "double", name: "rmse", required: true },
        { type: "datetime", name: "at", required: false },
      ],
    });
    expect(JSON.parse(memory?.profile ?? "")).toEqual({ num_rows: 2, num_elements: 6 });
    expect(file).toMatchObject({ name: "fits.parquet", digest: data.md5, sourceType: "dvc", profile: memory?.profile });
  });
});

describe("run.artifact()", () => {
  it("copies a file, a folder with all below it, and what a file: URL leads to", async () => {
    mkdirSync("out put/deep", { recursive: true });
    writeFileSync("out put/a.txt", "a");
    writeFileSync("out put/deep/ü.txt", "ü");
    symlinkSync("a.txt", "out put/link.txt");
    const run = await track("files", async (open) => {
      await open.artifact("out put");
      await open.artifact("out put/a.txt");
      await open.artifact("kept/here.txt", pathToFileURL("out put/a.txt"));
    });
    expect(
      ["out put/a.txt", "out put/deep/ü.txt", "out put/link.txt", "a.txt", "kept/here.txt"].map((path) =>
        textOf(run, path),
      ),
    ).toEqual(["a", "ü", "a", "a", "a"]);
  });

  it("says what is not there, and stops at a circle of links", async () => {
    mkdirSync("loop");
    symlinkSync(".", "loop/again");
    const run = await track("files");
    await expect(run.artifact("none.txt")).rejects.toThrow('none.txt" to keep. A value is kept with its path');
    await expect(run.artifact("loop")).rejects.toThrow("a link to a folder around it");
    await expect(run.artifact("x", new URL("https://example.org/a"))).rejects.toThrow("is no file: URL");
    await expect(run.artifact("x", undefined)).rejects.toThrow("undefined");
    await run.end();
  });
});
