import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { decode, encode } from "fast-png";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProject } from "../../../src/store/index.ts";
import { imageEntries, openRuns, type Run, track } from "../../../src/track/index.ts";
import { pngBytes, shrunk } from "../../../src/track/media/png.ts";

const before = process.cwd();
beforeEach(() => process.chdir(mkdtempSync(join(tmpdir(), "stemma bilder "))));
afterEach(() => process.chdir(before));

const dot = encode({ width: 1, height: 1, channels: 3, data: new Uint8Array([255, 0, 0]) });
const grey = { width: 2, height: 2, data: [0, 64, 128, 255] };

async function files(run: Run<unknown>, folder = "images"): Promise<readonly string[]> {
  const entries = await openRuns(findProject(process.cwd())).artifacts(run.id, folder);
  return entries.map(({ path }) => path);
}

function bytesOf(run: Run<unknown>, path: string): Uint8Array {
  return readFileSync(join(run.record().artifactFolder, path));
}

describe("pixels", () => {
  const pixels = fc
    .tuple(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(1 as const, 3 as const, 4 as const),
    )
    .chain(([width, height, channels]) =>
      fc
        .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
        .map((data) => ({ width, height, channels, data })),
    );

  it("come back from a PNG as they were", () =>
    fc.assert(
      fc.asyncProperty(pixels, async (given) => {
        const { width, height, channels, data, depth } = decode(await pngBytes(given));
        expect({ width, height, channels, data: Uint8Array.from(data), depth }).toEqual({ ...given, depth: 8 });
      }),
      { numRuns: 50 },
    ));

  it("shrink to means, in shape", () => {
    const data = Uint8Array.from({ length: 8 * 2 }, (_, i) => (i % 8 < 4 ? 0 : 200));
    expect(shrunk({ width: 8, height: 2, channels: 1, data }, 4)).toEqual({
      width: 4,
      height: 1,
      channels: 1,
      data: new Uint8Array([0, 0, 200, 200]),
    });
  });
});

describe("run.image()", () => {
  it("keeps a series by key and step, each with a small picture", async () => {
    const run = await track("pictures", async (open) => {
      await open.image("train/samples", grey, { step: 3, time: 1_700_000_000_000 });
      await open.image("train/samples", grey);
      await open.image("größe", dot);
    });
    const entries = imageEntries(await files(run));
    expect(entries.map(({ key, step }) => [key, step])).toEqual([
      ["größe", 0],
      ["train/samples", 3],
      ["train/samples", 4],
    ]);
    expect(entries[1]?.path).toMatch(/^images\/train~samples\+step\+3\+timestamp\+1700000000000\+[0-9a-f-]{36}\.png$/);
    expect(entries[1]?.small).toBe(entries[1]?.path.replace(".png", "+compressed.png"));
    expect(run.record().tags["mlflow.loggedImages"]).toBe("True");
    expect([...decode(bytesOf(run, entries[1]?.path ?? "")).data]).toEqual(grey.data);
  });

  it("takes fractions, tensors, canvases and bytes", async () => {
    const tensor = { shape: [1, 1, 3], dataSync: () => new Float32Array([1, 0.5, 0]) };
    const canvas = { toBuffer: (type: "image/png") => (type === "image/png" ? Buffer.from(dot) : Buffer.alloc(0)) };
    const run = await track("pictures", async (open) => {
      await open.image("tensor.png", tensor);
      await open.image("canvas.jpg", canvas);
      await open.image("plots/bytes.png", dot);
    });
    expect([...decode(bytesOf(run, "tensor.png")).data]).toEqual([255, 128, 0]);
    expect(bytesOf(run, "canvas.png")).toEqual(Buffer.from(dot));
    expect(bytesOf(run, "plots/bytes.png")).toEqual(Buffer.from(dot));
  });

  it("writes a small picture of a large one", async () => {
    const large = { width: 1000, height: 500, data: new Uint8Array(500_000).fill(7) };
    const run = await track("pictures", (open) => open.image("large", large));
    const [entry] = imageEntries(await files(run));
    const { width, height } = decode(bytesOf(run, entry?.small ?? ""));
    expect([width, height]).toEqual([256, 128]);
  });

  it.each([
    ["x", new Uint8Array([1, 2]), 'image "x" is bytes that begin with 0102; pass the bytes of a PNG'],
    ["x", { width: 2, height: 2, data: [1, 2, 3] }, 'image "x" is 3 numbers for 2 x 2 pixels'],
    ["x", { width: 1, height: 1, data: [300] }, 'image "x" has 300 at 0; numbers of 0 to 255 are wanted.'],
    ["x", { width: 1, height: 1, data: [0.5, 1.5, 0] }, "at 1; numbers of 0 to 1 (they are fractions) are wanted."],
    ["a+b", grey, 'image "a+b" is no name for a series'],
    ["x", { a: 1 }, 'image "x" is an object with a; pass'],
  ])("refuses %s of %o by name", async (key, value, sentence) => {
    const run = await track("pictures");
    await expect(run.image(key, value as never)).rejects.toThrow(sentence);
    expect(await files(run)).toEqual([]);
    await run.end();
  });
});
