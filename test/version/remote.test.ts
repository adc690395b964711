import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findProject, type Project } from "../../src/store/index.ts";
import { addData, fetchData, pushData, version } from "../../src/version/index.ts";
import { root } from "../support/tools.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "stemma-sync-")));
const home = process.cwd();
let folder = "";
let project: Project;

beforeEach(() => {
  folder = mkdtempSync(join(base, "project-"));
  mkdirSync(join(folder, ".dvc"));
  writeFileSync(
    join(folder, ".dvc", "config"),
    `[core]\n    no_scm = True\n    remote = store\n['remote "store"']\n    url = ${folder}-store\n`,
  );
  project = findProject(folder);
  process.chdir(folder);
});

afterAll(() => {
  process.chdir(home);
  rmSync(base, { recursive: true, force: true });
});

const cache = (): string => join(folder, ".dvc", "cache");
const md5 = (bytes: Uint8Array | string): string => createHash("md5").update(bytes).digest("hex");

describe("in a notebook", () => {
  it("version.push() and version.pull() say what moved", async () => {
    mkdirSync("data");
    for (const name of ["a", "b c", "ü"]) writeFileSync(join("data", name), name);
    await version("data");
    expect(version.remotes()).toEqual([{ name: "store", url: `${folder}-store`, isDefault: true }]);
    expect(await version.push("data")).toEqual({
      remotes: ["store"],
      files: 4,
      bytes: expect.any(Number),
      missing: [],
      failed: [],
    });
    expect((await version.push()).files).toBe(0);
    rmSync(cache(), { recursive: true });
    rmSync("data", { recursive: true });
    expect((await version.fetch()).files).toBe(4);
    const { fetched, checkedOut } = await version.pull("data");
    expect([fetched.files, checkedOut.added]).toEqual([0, ["data/"]]);
    expect(readFileSync(join("data", "ü"), "utf8")).toBe("ü");
  });

  it("version(url) downloads once, and again when the source has changed", async () => {
    let asked = 0;
    let text = "a,b\n1,2\n";
    const web = createServer((request, response) => {
      if (request.method === "GET") asked += 1;
      response.setHeader("etag", `"${md5(text)}"`);
      response.setHeader("content-length", text.length);
      response.end(request.method === "HEAD" ? "" : text);
    });
    const url = `http://127.0.0.1:${await listen(web)}/some/cases.csv`;
    const first = await version(url);
    expect(first).toMatchObject({ path: "cases.csv", md5: md5(text), bytes: 8 });
    expect(await version(url)).toEqual(first);
    rmSync("cases.csv");
    expect(await version(url)).toEqual(first);
    expect([asked, readFileSync("cases.csv", "utf8")]).toEqual([1, text]);
    text = "a,b\n3,4\n";
    expect((await version(url)).md5).toBe(md5(text));
    expect(readFileSync("cases.csv.dvc", "utf8")).toContain(
      `- checksum: '"${md5(text)}"'\n  size: 8\n  hash: md5\n  path: ${url}\n`,
    );
    await close(web);
  });
});

describe("a remote that cannot be trusted", () => {
  it("gives no name to wrong bytes, and says which file they were for", async () => {
    mkdirSync("data");
    writeFileSync("data/a", "right");
    writeFileSync("data/b", "other");
    await version("data");
    await version.push();
    const file = join(`${folder}-store`, "files", "md5", md5("right").slice(0, 2), md5("right").slice(2));
    chmodSync(file, 0o644);
    writeFileSync(file, "wrong");
    rmSync(cache(), { recursive: true });
    await expect(version.pull()).rejects.toMatchObject({
      transfer: { files: 2, failed: [{ path: "data/a", message: expect.stringContaining("does not hold the bytes") }] },
    });
    expect(existsSync(join(cache(), "files", "md5", md5("right").slice(0, 2), md5("right").slice(2)))).toBe(false);
  });

  it.each(["../out", "/etc/out", ".git/hooks/pre-commit", "a/../../out"])(
    "writes nothing of a folder whose listing names %s",
    async (relpath) => {
      const listing = JSON.stringify([{ md5: md5("x"), relpath }]);
      const digest = `${md5(listing)}.dir`;
      const at = join(`${folder}-store`, "files", "md5", digest.slice(0, 2));
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, digest.slice(2)), listing);
      writeFileSync("bad.dvc", `outs:\n- md5: ${digest}\n  size: 1\n  nfiles: 1\n  hash: md5\n  path: bad\n`);
      await expect(version.pull()).rejects.toThrow(/nothing of this folder is written/);
      expect(existsSync(cache())).toBe(false);
    },
  );

  it("does not send what the cache holds wrongly", async () => {
    mkdirSync("data");
    writeFileSync("data/a", "right");
    await version("data");
    const object = join(cache(), "files", "md5", md5("right").slice(0, 2), md5("right").slice(2));
    chmodSync(object, 0o644);
    writeFileSync(object, "wrong");
    await expect(version.push()).rejects.toMatchObject({ transfer: { files: 0, failed: [{ path: "data/a" }] } });
    expect(existsSync(join(`${folder}-store`, "files"))).toBe(false);
  });

  it("names no password in its messages", async () => {
    writeFileSync(
      join(folder, ".dvc", "config"),
      `[core]\n    no_scm = True\n    remote = web\n['remote "web"']\n    url = http://me:hidden@127.0.0.1:9/x\n`,
    );
    writeFileSync("a.dvc", `outs:\n- md5: ${md5("a")}\n  size: 1\n  hash: md5\n  path: a\n`);
    const failure: unknown = await version.fetch().catch((error: unknown) => error);
    expect(String(failure)).toContain("http://me@127.0.0.1:9/x");
    expect(String(failure)).not.toContain("hidden");
    expect(JSON.stringify(version.remotes())).not.toContain("hidden");
  });
});

describe("over HTTP", () => {
  const large = randomBytes(3 * 1024 * 1024);
  let web: Server;
  let port = 0;
  const ranges: (string | undefined)[] = [];
  let stall = false;
  beforeAll(async () => {
    web = createServer((request, response) => {
      if (request.headers.authorization !== `Basic ${Buffer.from("ada:pass word").toString("base64")}`) {
        response.writeHead(401).end();
        return;
      }
      if (request.url !== `/files/md5/${md5(large).slice(0, 2)}/${md5(large).slice(2)}`) {
        response.writeHead(404).end();
        return;
      }
      if (request.method === "GET") ranges.push(request.headers.range);
      const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, { "content-length": large.length - from });
      if (request.method === "HEAD") response.end();
      else if (stall) response.write(large.subarray(from, large.length / 2));
      else response.end(large.subarray(from));
    });
    port = await listen(web);
  });
  afterAll(() => close(web));

  const configure = (password: string): void => {
    const section = `['remote "web"']\n    url = http://127.0.0.1:${port}\n    auth = basic\n    user = ada\n    password = ${password}\n`;
    writeFileSync(join(folder, ".dvc", "config"), `[core]\n    no_scm = True\n    remote = web\n${section}`);
    writeFileSync("large.dvc", `outs:\n- md5: ${md5(large)}\n  size: ${large.length}\n  hash: md5\n  path: large\n`);
  };

  it("a pull that was killed goes on where it stopped", async () => {
    configure("pass word");
    stall = true;
    const child = startFetch(folder);
    await until(() => partBytes() >= large.length / 2 - 1);
    child.kill("SIGKILL");
    await once(child, "exit");
    stall = false;
    ranges.length = 0;
    expect((await fetchData(project)).files).toBe(1);
    expect(ranges).toEqual([`bytes=${large.length / 2}-`]);
    const object = join(cache(), "files", "md5", md5(large).slice(0, 2), md5(large).slice(2));
    expect([md5(readFileSync(object)), statSync(object).mode & 0o777]).toEqual([md5(large), 0o444]);
    expect(existsSync(join(cache(), "tmp"))).toBe(false);
  });

  it("wrong credentials end it at once, and nothing can be pushed", async () => {
    configure("wrong");
    await expect(fetchData(project)).rejects.toMatchObject({ trouble: "DENIED" });
    configure("pass word");
    writeFileSync("small", "x");
    await addData(project, "small");
    await expect(pushData(project, { targets: ["small"] })).rejects.toThrow(/cannot take files/);
  });

  const partBytes = (): number => {
    const tmp = join(cache(), "tmp");
    const part = existsSync(tmp) ? readdirSync(tmp).find((name) => name.endsWith(".part")) : undefined;
    return part === undefined ? 0 : statSync(join(tmp, part)).size;
  };
});

function startFetch(cwd: string): ChildProcess {
  return spawn(process.execPath, [join(root, "dist", "cli", "main.js"), "fetch"], { cwd, stdio: "ignore" });
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error("it did not come to pass");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}
