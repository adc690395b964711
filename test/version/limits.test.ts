import { parquetMetadata } from "hyparquet";
import { expect, it } from "vitest";
import { parseDir, parseDvcLock, parseYaml, TooLargeError } from "../../src/format/index.ts";
import { bytesSource, encodeData, readTableFile } from "../../src/frame/index.ts";

it("a listing or YAML of more than anybody has is a named error, before it fills the memory", () => {
  const entry = `{"md5": "${"0".repeat(32)}", "relpath": "${"x".repeat(200)}"}`;
  expect(() => parseDir(`[${`${entry},`.repeat(2_000_000)}${entry}]`, "data.dir")).toThrow(TooLargeError);
  expect(() => parseDvcLock(`schema: '2.0'\n${"# x\n".repeat(17_000_000)}`, "dvc.lock")).toThrow(TooLargeError);
  const laughs = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(i === 0 ? 0 : 10)}]`);
  expect(() => parseYaml(laughs.join("\n"), "dvc.yaml")).toThrow(
    "dvc.yaml: aliases multiply its values; 1000000 is the most that is read.",
  );
});

/** The footer of a file with a text of it changed: numbers of the same length. */
async function damagedAt(bytes: Uint8Array, at: number, value: number): Promise<string> {
  const copy = bytes.slice();
  copy[at] = value;
  try {
    await readTableFile({ source: bytesSource(copy), path: "a.parquet", format: "parquet" });
    return "read";
  } catch (error) {
    return (error as Error).name;
  }
}

it("a damaged byte of a Parquet file's footer is a sentence, and never a table of a billion rows", async () => {
  const rows = Array.from({ length: 50 }, (_, i) => ({ n: i, s: `text ${i % 3}` }));
  const { bytes } = await encodeData("a.parquet", rows);
  const whole = Uint8Array.from(bytes);
  const { metadata_length: length } = parquetMetadata(whole.buffer);
  const started = process.memoryUsage().rss;
  const ends = new Map<string, number>();
  for (let at = whole.length - 8 - length; at < whole.length; at++) {
    for (const value of [0xff, 0x00, 0x7f]) {
      const end = await damagedAt(whole, at, value);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  }
  expect([...ends.keys()].toSorted()).toEqual(["TableFileError", "read"]);
  expect(process.memoryUsage().rss - started).toBeLessThan(512 * 1024 * 1024);
});
