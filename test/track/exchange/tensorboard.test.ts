import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskedCrc32c, splitTfRecords } from "../../../src/format/index.ts";
import { findProject, type Project } from "../../../src/store/index.ts";
import { importRuns } from "../../../src/track/exchange/index.ts";
import { openRuns, type RunRecord } from "../../../src/track/index.ts";

/** A record as TensorFlow frames it. */
function framed(body: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(body.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  const foot = Buffer.alloc(4);
  foot.writeUInt32LE(maskedCrc32c(body));
  return Buffer.concat([head, body, foot]);
}

const varint = (n: number): readonly number[] => (n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))]);
const bytes = (field: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(body.length)]), body]);
const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));
const whole = (field: number, value: number): Buffer => Buffer.from([...varint(field * 8), ...varint(value)]);
function real(field: number, value: number): Buffer {
  const body = Buffer.alloc(9);
  body[0] = field * 8 + 1;
  body.writeDoubleLE(value, 1);
  return body;
}
function float(field: number, value: number): Buffer {
  const body = Buffer.alloc(5);
  body[0] = field * 8 + 5;
  body.writeFloatLE(value, 1);
  return body;
}

function event(step: number, ...values: readonly Buffer[]): Buffer {
  const summary = bytes(5, Buffer.concat(values.map((value) => bytes(1, value))));
  return framed(Buffer.concat([real(1, 1000 + step), whole(2, step), summary]));
}
const simple = (tag: string, value: number): Buffer => Buffer.concat([text(1, tag), float(2, value)]);
const plugin = (name: string, content: Uint8Array = new Uint8Array()): Buffer =>
  bytes(9, bytes(1, Buffer.concat([text(1, name), bytes(2, content)])));
const tensor = (tag: string, body: Buffer, ...rest: readonly Buffer[]): Buffer =>
  Buffer.concat([text(1, tag), bytes(8, body), ...rest]);

function written(...records: readonly Buffer[]): { readonly folder: string; readonly project: Project } {
  const folder = mkdtempSync(join(tmpdir(), "stemma-events-"));
  mkdirSync(join(folder, "logs", "run é"), { recursive: true });
  writeFileSync(join(folder, "logs", "run é", "events.out.tfevents.1.host"), Buffer.concat(records));
  return { folder: join(folder, "logs"), project: findProject(mkdtempSync(join(tmpdir(), "stemma-events-into-"))) };
}

async function theRun(project: Project): Promise<RunRecord> {
  const store = openRuns(project);
  const experiment = await store.experimentByName("logs");
  const { runs } = await store.searchRuns({ experimentIds: [experiment?.id ?? ""] });
  if (runs[0] === undefined) throw new Error("no run was imported");
  return runs[0];
}

describe("TFRecord files", () => {
  it("check out by CRC-32C, masked as TensorFlow does", () => {
    // RFC 3720, B.4: 32 bytes of zeros have CRC-32C 0x8a9136aa.
    const masked = ((0x8a9136aa >>> 15) | (0x8a9136aa << 17)) + 0xa282ead8;
    expect(maskedCrc32c(new Uint8Array(32))).toBe(masked >>> 0);
  });

  it("give back the records, whatever they hold and wherever the file was cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.nat(15), (bodies, cut) => {
        const whole = Buffer.concat(bodies.map(framed));
        expect(splitTfRecords(whole)).toEqual({
          records: bodies.map((body) => Buffer.from(body)),
          cutBytes: 0,
          damagedAt: null,
        });
        const file = whole.subarray(0, whole.length - cut);
        const { records, damagedAt } = splitTfRecords(file);
        expect(records).toHaveLength(Math.max(0, bodies.length - Number(cut > 0)));
        expect(damagedAt).toBeNull();
      }),
    );
  });
});

describe("an import of event files", () => {
  it("reads scalars as simple values and as tensors of each number type", async () => {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(0.1);
    const { folder, project } = written(
      framed(Buffer.concat([real(1, 999), text(3, "brain.Event:2")])),
      event(1, simple("loss", 0.5), tensor("acc", Buffer.concat([whole(1, 2), bytes(4, double)]), plugin("scalars"))),
      // Only the first of a tag names its plugin.
      event(2, simple("loss", Number.NaN), tensor("acc", Buffer.concat([whole(1, 2), real(6, 0.2)]))),
      event(3, tensor("acc", Buffer.concat([whole(1, 1), bytes(5, float(0, 0.25).subarray(1))]))),
      event(4, tensor("acc", Buffer.concat([whole(1, 9), bytes(10, Buffer.from([7]))])), tensor("image", whole(1, 7))),
    );
    const { notes } = await importRuns(project, folder);
    const run = await theRun(project);
    const store = openRuns(project);
    expect((await store.metricHistory(run.id, "acc")).map(({ value }) => value)).toEqual([0.1, 0.2, 0.25, 7]);
    expect(await store.metricHistory(run.id, "loss")).toEqual([
      { value: 0.5, step: 1, timeMs: 1_001_000 },
      { value: Number.NaN, step: 2, timeMs: 1_002_000 },
    ]);
    expect(run).toMatchObject({ name: "run é", status: "FINISHED", startMs: 999_000, endMs: 1_004_000 });
    expect(notes).toEqual([expect.stringContaining("1 images, histograms or texts were left out")]);
  });

  it("takes hyperparameters as params", async () => {
    const entry = (name: string, value: Buffer): Buffer => bytes(1, Buffer.concat([text(1, name), bytes(2, value)]));
    const start = Buffer.concat([entry("lr", real(2, 0.1)), entry("net", text(3, "cnn")), entry("bias", whole(4, 1))]);
    const session = plugin("hparams", bytes(3, start));
    const { folder, project } = written(event(0, Buffer.concat([text(1, "_hparams_/session_start_info"), session])));
    await importRuns(project, folder);
    expect((await theRun(project)).params).toEqual({ lr: "0.1", net: "cnn", bias: "true" });
  });

  it("takes what is whole of a file that was cut, says so, and goes on when it has grown", async () => {
    const { folder, project } = written(event(1, simple("loss", 1)), event(2, simple("loss", 2)).subarray(0, 20));
    const first = await importRuns(project, folder);
    expect(first).toMatchObject({ runs: 1, points: 1 });
    expect(first.notes).toEqual([expect.stringContaining("the last 20 bytes are no whole record")]);
    const file = join(folder, "run é", "events.out.tfevents.1.host");
    writeFileSync(file, Buffer.concat([event(1, simple("loss", 1)), event(2, simple("loss", 2))]));
    expect(await importRuns(project, folder)).toMatchObject({ runs: 0, updated: 1, points: 1, notes: [] });
  });

  it("stops at a record whose checksum is wrong, and says where", async () => {
    const damaged = event(2, simple("loss", 2));
    damaged[30] = (damaged[30] ?? 0) ^ 1;
    const { folder, project } = written(event(1, simple("loss", 1)), damaged, event(3, simple("loss", 3)));
    const { points, notes } = await importRuns(project, folder);
    expect(points).toBe(1);
    expect(notes[0]).toMatch(/the checksum at byte \d+ is wrong; 1 records before it were read/);
  });

  it("gives tags that MLflow would refuse a name that it takes", async () => {
    const { folder, project } = written(event(1, simple("loss (train)/../π", 1)));
    await importRuns(project, folder);
    expect(Object.keys((await theRun(project)).metrics)).toEqual(["loss _train_/π"]);
  });

  it("refuses a folder without any, and hints at what lies in it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stemma-nothing-"));
    const project = findProject(mkdtempSync(join(tmpdir(), "stemma-nothing-into-")));
    mkdirSync(join(folder, "mlruns"));
    await expect(importRuns(project, folder)).rejects.toThrow(`Did you mean ${join(folder, "mlruns")}?`);
    await expect(importRuns(project, "postgresql://host/db")).rejects.toThrow(
      "is a database server. Let `mlflow server",
    );
  });
});
