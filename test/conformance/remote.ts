import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Remote, RemoteFile } from "../../src/store/index.ts";

/** Every driver passes these. `open` gives a remote at an empty place of its own for each call. */
export function remote(name: string, open: () => Promise<Remote>): void {
  describe(`${name} as a remote`, () => {
    const folder = mkdtempSync(join(tmpdir(), "stemma-remote-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const put = async (target: Remote, path: string, bytes: Uint8Array): Promise<void> => {
      const file = join(folder, randomBytes(8).toString("hex"));
      writeFileSync(file, bytes);
      await target.write(path, { file, bytes: bytes.length, md5: md5(bytes) });
    };

    it("gives back the bytes that were written, small, empty and of many parts", async () => {
      const target = await open();
      const files: readonly (readonly [string, Buffer])[] = [
        ["files/md5/ab/cd", Buffer.from("abc\n")],
        ["empty", Buffer.alloc(0)],
        ["deep/er/ünï côdé '\"%23#?+.bin", randomBytes(20_000)],
        ["large", randomBytes(18 * 1024 * 1024)],
      ];
      for (const [path, bytes] of files) await put(target, path, bytes);
      for (const [path, bytes] of files) {
        expect(md5(await read(target, path)), path).toBe(md5(bytes));
        expect((await target.stat(path))?.bytes, path).toBe(bytes.length);
      }
      await target.close();
    });

    it("reads on from where a transfer broke", async () => {
      const target = await open();
      const bytes = randomBytes(700_000);
      await put(target, "file", bytes);
      expect((await read(target, "file", 500_001)).equals(bytes.subarray(500_001))).toBe(true);
      await target.close();
    });

    it("replaces a file, and gives no name to bytes that are not what the digest says", async () => {
      const target = await open();
      await put(target, "file", Buffer.from("old"));
      await put(target, "file", Buffer.from("new"));
      const file = join(folder, "wrong");
      for (const bytes of [Buffer.from("wrong"), randomBytes(9 * 1024 * 1024)]) {
        writeFileSync(file, bytes);
        const upload = { file, bytes: bytes.length, md5: md5(Buffer.from("right")) };
        await expect(target.write("file", upload)).rejects.toMatchObject({ trouble: "DAMAGED" });
        await expect(target.write("other", upload)).rejects.toMatchObject({ trouble: "DAMAGED" });
      }
      expect((await read(target, "file")).toString()).toBe("new");
      expect(await target.stat("other")).toBeNull();
      expect((await files(target, "")).map(({ path }) => path)).toEqual(["file"]);
      await target.close();
    });

    it("lists files with their sizes, all of a folder or one level", async () => {
      const target = await open();
      for (const path of ["a/1", "a/b/22", "c/333"]) await put(target, path, Buffer.from(path));
      const all = await files(target, "");
      expect(all.map(({ path, bytes }) => `${path} ${bytes}`)).toEqual(["a/1 3", "a/b/22 6", "c/333 5"]);
      expect((await files(target, "a")).map(({ path }) => path)).toEqual(["a/1", "a/b/22"]);
      expect(await files(target, "nothing")).toEqual([]);
      const top = await files(target, "a", false);
      expect(top.map(({ path, folder: isFolder }) => [path, isFolder])).toEqual([
        ["a/1", false],
        ["a/b", true],
      ]);
      expect(await target.stat("a")).toMatchObject({ folder: true });
      await target.close();
    });

    it("names a file that is not there, and takes away what is", async () => {
      const target = await open();
      expect(await target.stat("nothing")).toBeNull();
      await expect(read(target, "nothing")).rejects.toMatchObject({ trouble: "MISSING" });
      await put(target, "a/1", Buffer.from("1"));
      await put(target, "a/2", Buffer.from("2"));
      await target.remove(["a/1", "a/never-was"]);
      expect((await files(target, "")).map(({ path }) => path)).toEqual(["a/2"]);
      await target.close();
    });

    it("takes many transfers at once", async () => {
      const target = await open();
      const names = Array.from({ length: 60 }, (_, i) => `many/${i % 7}/${i}`);
      await Promise.all(names.map((path) => put(target, path, Buffer.from(path.repeat(1000)))));
      const found = await Promise.all(
        names.map(async (path) => (await read(target, path)).toString().slice(0, path.length)),
      );
      expect(found).toEqual(names);
      await target.close();
    });

    it("stops when it is told to", async () => {
      const target = await open();
      const stop = new AbortController();
      stop.abort();
      const file = join(folder, "stopped");
      writeFileSync(file, "x".repeat(100_000));
      const upload = { file, bytes: 100_000, md5: null };
      await expect(target.write("stopped", upload, { signal: stop.signal })).rejects.toMatchObject({
        name: "AbortError",
      });
      expect(await target.stat("stopped")).toBeNull();
      await target.close();
    });
  });
}

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

async function read(target: Remote, path: string, from = 0): Promise<Buffer> {
  const blocks: Uint8Array[] = [];
  for await (const bytes of await target.read(path, { from })) blocks.push(bytes);
  return Buffer.concat(blocks);
}

async function files(target: Remote, folder: string, recursive = true): Promise<readonly RemoteFile[]> {
  const found: RemoteFile[] = [];
  for await (const file of target.list(folder, { recursive })) found.push(file);
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
