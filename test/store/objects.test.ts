import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CorruptObjectError,
  copyFiles,
  FileChangedError,
  MissingObjectError,
  md5,
  md5File,
  type Objects,
  openObjects,
  writeDurable,
} from "../../src/store/index.ts";

let folder = "";
let objects: Objects;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stemma-objects-"));
  objects = openObjects(join(folder, "objects"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe("openObjects", () => {
  it("keeps bytes in the layout of DVC's cache, read-only", () => {
    const digest = objects.put("hello");
    expect(digest).toBe("5d41402abc4b2a76b9719d911017c592");
    const path = join(folder, "objects", "files", "md5", "5d", "41402abc4b2a76b9719d911017c592");
    expect(objects.pathOf(digest)).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o444);
    expect(objects.get(digest).toString()).toBe("hello");
    expect(objects.has(digest)).toBe(true);
  });

  it("puts .dir behind the digest of a listing", () => {
    expect(objects.put("[]", { dir: true })).toBe("d751713988987e9331980363e24189ce.dir");
    expect(objects.get("d751713988987e9331980363e24189ce.dir").toString()).toBe("[]");
  });

  it("makes no folder before the first put", () => {
    expect(objects.has(md5("x"))).toBe(false);
    expect(existsSync(join(folder, "objects"))).toBe(false);
  });

  it("names the object that is missing, and the one whose bytes are wrong", () => {
    expect(() => objects.get(md5("nothing"))).toThrow(MissingObjectError);
    const digest = objects.put("right");
    chmodSync(objects.pathOf(digest), 0o644);
    writeFileSync(objects.pathOf(digest), "wrong");
    expect(() => objects.get(digest)).toThrow(CorruptObjectError);
  });

  it("tells whether an object, also a listing, is whole", () => {
    const digests = [objects.put("hello"), objects.put("[]", { dir: true })];
    expect(digests.map((digest) => objects.isWhole(digest))).toEqual([true, true]);
    for (const digest of digests) {
      chmodSync(objects.pathOf(digest), 0o644);
      writeFileSync(objects.pathOf(digest), "{}");
    }
    expect(digests.map((digest) => objects.isWhole(digest))).toEqual([false, false]);
  });

  it("refuses a digest that is none, so that no name leads elsewhere", () => {
    expect(() => objects.pathOf("../../etc/passwd")).toThrow('"../../etc/passwd" is no MD5');
  });

  it("tells which of many objects are there, in folders that hold little else and in full ones", () => {
    const [kept, other] = [0, 1].map((kind) => Array.from({ length: 600 }, (_, i) => `${kind} ${i}`));
    const digests = (kept ?? []).map((text) => md5(text));
    for (const digest of digests) {
      mkdirSync(dirname(objects.pathOf(digest)), { recursive: true });
      writeFileSync(objects.pathOf(digest), "");
    }
    const missing = (other ?? []).map((text) => md5(text));
    expect(objects.hasOf([...digests, ...missing])).toEqual(new Set(digests));
    const few = [...digests.slice(0, 3), ...missing.slice(0, 3)];
    for (const start of new Set(few.map((digest) => digest.slice(0, 2)))) {
      const crowded = join(folder, "objects", "files", "md5", start);
      mkdirSync(crowded, { recursive: true });
      for (let i = 0; i < 100; i++) writeFileSync(join(crowded, `other ${i}`), "");
    }
    expect(objects.hasOf(few)).toEqual(new Set(digests.slice(0, 3)));
    expect(() => objects.hasOf(["../../secret"])).toThrow(RangeError);
  });

  it("replaces an object that a power cut left empty", () => {
    const path = objects.pathOf(md5("content"));
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "", { mode: 0o444 });
    expect(objects.get(objects.put("content")).toString()).toBe("content");
  });

  it("keeps files of any size by the bytes that were hashed, and nothing else", async () => {
    const contents = [
      Buffer.alloc(0),
      Buffer.from("x"),
      Buffer.alloc(1024 * 1024, 7),
      Buffer.alloc(9 * 1024 * 1024 + 3, "ab"),
    ];
    const paths = contents.map((content, i) => file(`${i}`, content));
    const put = await objects.putFiles(paths);
    expect(put).toEqual(contents.map((content, i) => ({ path: paths[i], md5: md5(content), bytes: content.length })));
    for (const { md5: digest } of put) expect(md5(objects.get(digest))).toBe(digest);
    expect(readdirSync(join(folder, "objects"))).toEqual(["files"]);
  });

  it("keeps a group in several threads where one file is large, equal files once", async () => {
    const paths = Array.from({ length: 600 }, (_, i) => file(`${i}`, String(i % 550)));
    const large = Buffer.alloc(9 * 1024 * 1024, "large");
    const put = await objects.putFiles([...paths, file("large", large)]);
    expect(put.map(({ md5: digest }) => digest)).toEqual([...paths.map((_, i) => md5(String(i % 550))), md5(large)]);
    const kept = readdirSync(join(folder, "objects", "files", "md5"), { recursive: true, withFileTypes: true });
    expect(kept.filter((item) => item.isFile()).length).toBe(551);
  });

  it("keeps a group beside what its folders hold already", async () => {
    const texts = Array.from({ length: 400 }, (_, i) => `text ${i}`);
    const paths = texts.map((text, i) => file(`${i}`, text));
    await objects.putFiles(paths.slice(0, 250));
    await objects.putFiles(paths);
    for (const text of texts) {
      expect(objects.get(md5(text)).toString()).toBe(text);
      expect(statSync(objects.pathOf(md5(text))).mode & 0o777).toBe(0o444);
    }
    expect(readdirSync(join(folder, "objects"))).toEqual(["files"]);
  });

  it("keeps nothing of a file that is not what was asked for, short or long", async () => {
    const [short, long, right] = [file("a", "a"), file("b", Buffer.alloc(3 * 1024 * 1024, "b")), file("c", "c")];
    const put = await objects.putFiles([short, long, right], { digests: [md5("x"), md5("y"), md5("c")] });
    expect(put.map(({ md5: digest }) => objects.has(digest))).toEqual([false, false, true]);
    expect(readdirSync(join(folder, "objects", "files", "md5"))).toEqual([md5("c").slice(0, 2)]);
  });

  it("keeps nothing of a group when a file is another than it was when it was looked at", async () => {
    const [a, b] = [file("a", "a"), file("b", "b")];
    const { size, mtimeMs } = statSync(b);
    const seen = { path: b, bytes: size, mtimeMs };
    utimesSync(b, 1, 1);
    await expect(objects.putFiles([a, seen])).rejects.toThrow(FileChangedError);
    await expect(objects.putFiles([a, { ...seen, mtimeMs: 1000, bytes: 0 }])).rejects.toThrow(FileChangedError);
    expect(readdirSync(join(folder, "objects"))).toEqual([]);
    await objects.putFiles([a, { ...seen, mtimeMs: 1000 }]);
  });

  it("leaves nothing behind when a file cannot be read, or the caller stops", async () => {
    const paths = [file("a", "a"), join(folder, "missing")];
    await expect(objects.putFiles(paths)).rejects.toMatchObject({ code: "ENOENT" });
    const many = Array.from({ length: 300 }, (_, i) => file(`many${i}`, Buffer.alloc(100_000, i)));
    await expect(objects.putFiles(many, { signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow(
      "stopped",
    );
    expect(readdirSync(join(folder, "objects"))).toEqual([]);
  });

  it("takes away what a process left that was killed days ago, and leaves what one writes now", async () => {
    const tmp = join(folder, "objects", "tmp");
    const [old, young] = [`.${"a".repeat(24)}.tmp`, `.${"b".repeat(24)}.tmp`];
    for (const name of [old, young, ".other"]) mkdirSync(join(tmp, name), { recursive: true });
    for (const name of [old, ".other"]) utimesSync(join(tmp, name), 1, 1);
    await objects.putFiles([file("a", "a"), file("b", "b")]);
    expect(readdirSync(tmp).sort()).toEqual([young, ".other"]);
  });
});

describe("copyFiles", () => {
  it("copies what holds the bytes of its digest, of any length, over what was there, and nothing else", async () => {
    const contents = ["", "short", "x".repeat(64 * 1024), "long ".repeat(500_000)];
    const copies = contents.map((content, i) => ({
      path: file(`${i}`, content),
      bytes: content.length,
      md5: md5(content),
      aside: join(folder, `aside ${i}`),
      to: file(`to ${i}`, "old"),
      mode: i === 1 ? 0o755 : 0o644,
    }));
    const wrong = copies.map((copy, i) => ({
      ...copy,
      md5: md5("other"),
      aside: join(folder, `aside wrong ${i}`),
      to: join(folder, `wrong ${i}`),
    }));
    expect(await copyFiles([...wrong, ...copies])).toEqual([...wrong.map(() => false), ...copies.map(() => true)]);
    for (const [i, { to, mode }] of copies.entries()) {
      expect(readFileSync(to, "utf8")).toBe(contents[i]);
      expect(statSync(to).mode & 0o777).toBe(mode);
    }
    expect(readdirSync(folder).filter((name) => /^(aside|wrong)/.test(name))).toEqual([]);
  });
});

describe("writeDurable", () => {
  it("replaces a file whole, keeps its mode and leaves nothing aside", () => {
    const path = file("a", "old");
    chmodSync(path, 0o600);
    writeDurable(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeDurable(join(folder, "deep", "b"), "b", { mode: 0o444 });
    expect(statSync(join(folder, "deep", "b")).mode & 0o777).toBe(0o444);
    expect(readdirSync(folder).sort()).toEqual(["a", "deep"]);
  });

  it("takes a name of the longest length", () => {
    const path = join(folder, "n".repeat(255));
    writeDurable(path, "x");
    expect(readFileSync(path, "utf8")).toBe("x");
  });
});

it("md5File() hashes as md5() does, over the edges of its blocks", async () => {
  for (const size of [0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 2 * 1024 * 1024]) {
    const content = Buffer.alloc(size, "stemma");
    expect(await md5File(file("f", content))).toBe(md5(content));
  }
});
