import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FlowStoppedError, file, flow } from "../../src/flow/index.ts";
import { fileDigest } from "../../src/flow/keys/file-digest.ts";
import { decodeValue, encodeValue, valuePlace } from "../../src/flow/values/index.ts";
import { host, useHost } from "../../src/host/index.ts";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { version } from "../../src/version/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const place = { project: findProject(folder), folder };
const values = valuePlace(place.project, folder);
const long = join(folder, "long.bin");
writeFileSync(long, "");
// More than Node reads at once; it takes no room on the disk.
truncateSync(long, 2 ** 31 + 1);
const isThere = ({ path }: { path: string }): boolean => path !== "";
const known = (): number | undefined =>
  openDatabase(place.project).first<{ readonly n: number }>("SELECT count(*) AS n FROM flow_file")?.n;

describe("a file of more than 2 GiB", () => {
  it("is hashed before the step while the thread is free: the stop button stops that", async () => {
    const here = host();
    const stop = new AbortController();
    useHost({ ...here, stopSignal: () => stop.signal });
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks === 5) stop.abort(new Error("stop"));
    }, 20);
    const running = flow("long", {}, (f) => f.step(isThere, { path: f.file("long.bin") })).run();
    await expect(running).rejects.toThrow(FlowStoppedError);
    clearInterval(timer);
    useHost(here);
    expect(known()).toBe(0);
  });

  it("is hashed in pieces where its digest is asked for at once", () => {
    const before = process.memoryUsage().rss;
    // Of md5sum.
    expect(fileDigest("long.bin", place)).toMatchObject({
      md5: "97cdd4bb45c3d5d652c0079901fb4eec",
      bytes: 2_147_483_649,
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    expect(known()).toBe(1);
  }, 60_000);
});

describe("a folder", () => {
  let name = "";
  let n = 0;
  const path = (...names: readonly string[]): string => join(folder, name, ...names);
  const old = new Date(2020, 1, 1);
  const write = (text: string, ...names: readonly string[]): void => {
    writeFileSync(path(...names), text);
    utimesSync(path(...names), old, old);
  };
  beforeEach(() => {
    name = `mëss ${n++}`;
    mkdirSync(path("in a"), { recursive: true });
    write("1", "one");
    write("22", "in a", "two");
  });
  const digest = (): string => fileDigest(name, place).md5;
  const status = (): string =>
    flow("reads", {}, (f) => f.step(isThere, { path: f.file(name) })).status().steps[0]?.reason ?? "";

  it("has the digest that version() gives it", async () => {
    expect(digest()).toBe((await version(name)).md5);
    mkdirSync(path("empty"));
    expect(digest()).toMatch(/^[0-9a-f]{32}\.dir$/);
  });

  it("notices a change behind a link to a folder", () => {
    const elsewhere = join(folder, `elsewhere of ${name}`);
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "far"), "x");
    symlinkSync(elsewhere, path("link"));
    const before = digest();
    writeFileSync(join(elsewhere, "far"), "xy");
    expect(digest()).not.toBe(before);
    symlinkSync(join(folder, name), join(elsewhere, "back"));
    expect(status()).toBe(
      `${path("link", "back")} is a link to a folder that it lies in. Delete the link, or move it out.`,
    );
  });

  it.each([
    ["a pipe", "is neither a file nor a folder (a pipe, a socket, a device). Copy what it gives to a file.", "pipe"],
    ["a link to nothing", "is a link to nothing. Delete it.", "gone"],
  ])("with %s is refused by its path, as an input and as a result", async (_, words, kind) => {
    if (kind === "pipe") execFileSync("mkfifo", [path("in a", "odd")]);
    else symlinkSync("nowhere", path("in a", "odd"));
    const sentence = `${path("in a", "odd")} ${words}`;
    expect(status()).toBe(sentence);
    const reads = flow("reads", {}, (f) => f.step(isThere, { path: f.file(name) }));
    await expect(reads.run()).rejects.toThrow(sentence);
    await expect(encodeValue({ made: file(name) }, values)).rejects.toThrow(sentence);
    unlinkSync(path("in a", "odd"));
    expect((await reads.run()).output).toBe(true);
  });

  it("keeps what it hashed in one write, and hashes again what changed", () => {
    for (let i = 0; i < 300; i++) write(`${i}`, `file ${i}`);
    const database = openDatabase(place.project);
    const before = [digest(), known()];
    const changes = (): unknown => database.first("SELECT total_changes() AS n");
    const then = changes();
    expect([digest(), known()]).toEqual(before);
    expect(changes()).toEqual(then);
    writeFileSync(path("file 7"), "other");
    expect(digest()).not.toBe(before[0]);
  });
});

it("a pipe itself is refused, not waited for", () => {
  execFileSync("mkfifo", [join(folder, "pipe")]);
  expect(() => fileDigest("pipe", place)).toThrow(`${join(folder, "pipe")} is neither a file nor a folder`);
});

it("a folder that a step gives has what is behind its links too", async () => {
  mkdirSync(join(folder, "real", "in"), { recursive: true });
  mkdirSync(join(folder, "out"));
  writeFileSync(join(folder, "real", "in", "ä"), "text");
  symlinkSync("../real", join(folder, "out", "link"));
  const given = (await decodeValue(await encodeValue(file("out"), values), values)) as { readonly path: string };
  expect(readFileSync(join(given.path, "link", "in", "ä"), "utf8")).toBe("text");
});
