import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { version } from "../../../src/version/index.ts";
import { type S3Server, type Sshd, startS3, startSshd } from "../../support/services/index.ts";
import { type Warm, warmDvc, warmStemma } from "./warm.ts";

const base = mkdtempSync(join(tmpdir(), "stemma-exchange-"));
const home = join(base, "home");
let tools: { readonly dvc: Warm; readonly stemma: Warm };
let s3: S3Server;
let sshd: Sshd;

beforeAll(async () => {
  const [dvc, stemma, s3Server, sshServer] = await Promise.all([warmDvc(), warmStemma(), startS3(), startSshd()]);
  [tools, s3, sshd] = [{ dvc, stemma }, s3Server, sshServer];
  s3.createBucket("bucket");
  mkdirSync(join(home, ".ssh"), { recursive: true });
  cpSync(sshd.knownHosts, join(home, ".ssh", "known_hosts"));
});

afterAll(async () => {
  await Promise.all([tools.dvc.close(), tools.stemma.close(), s3.close(), sshd.close()]);
  rmSync(base, { recursive: true, force: true });
});

const env = (): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  USER: "ada",
  LANG: "C.UTF-8",
  DVC_NO_ANALYTICS: "1",
  DVC_SITE_CACHE_DIR: join(base, "site"),
  GIT_CONFIG_GLOBAL: "/dev/null",
  ...Object.fromEntries(
    ["AUTHOR", "COMMITTER"].flatMap((role) => [
      [`GIT_${role}_NAME`, "Ada"],
      [`GIT_${role}_EMAIL`, "ada@example.org"],
    ]),
  ),
});

/** A clone in which one tool works. */
interface Side {
  readonly who: "dvc" | "stemma";
  readonly folder: string;
}

async function says({ who, folder }: Side, ...argv: readonly string[]): Promise<string> {
  const { code, out, err } = await tools[who].run({ argv, cwd: folder, env: env() });
  if (code !== 0) throw new Error(`${who} ${argv.join(" ")} ended with ${code}: ${err}`);
  return out;
}

function git(folder: string, ...args: readonly string[]): void {
  execFileSync("git", args, { cwd: folder, env: env(), stdio: "pipe" });
}

function publish({ folder }: Side, message: string): void {
  git(folder, "add", "-A");
  git(folder, "commit", "-qm", message);
  git(folder, "push", "-q", "origin", "HEAD:main");
}

function same(a: Side, b: Side): void {
  execFileSync("diff", ["-r", "--exclude=.git", "--exclude=.dvc", a.folder, b.folder]);
}

async function twoSides(name: string, config: string): Promise<readonly [Side, Side]> {
  const origin = join(base, `${name}.git`);
  execFileSync("git", ["init", "-q", "--bare", "-b", "main", origin]);
  const [theirs, ours] = [join(base, `${name}-dvc`), join(base, `${name}-stemma`)];
  git(base, "clone", "-q", origin, theirs);
  await says({ who: "dvc", folder: theirs }, "init", "-q");
  writeFileSync(join(theirs, ".dvc", "config"), config);
  publish({ who: "dvc", folder: theirs }, "start");
  git(base, "clone", "-q", origin, ours);
  return [
    { who: "dvc", folder: theirs },
    { who: "stemma", folder: ours },
  ];
}

describe("10,000 files", () => {
  it("of Stemma's are a clean folder to real DVC, here and at the remote", async () => {
    const store = join(base, "large-store");
    const [theirs, ours] = await twoSides("large", `[core]\n    remote = lab\n['remote "lab"']\n    url = ${store}\n`);
    for (let i = 0; i < 100; i++) {
      mkdirSync(join(ours.folder, "data", `f ${i}`), { recursive: true });
      for (let k = 0; k < 100; k++) writeFileSync(join(ours.folder, "data", `f ${i}`, `ü${k}.txt`), `${i} ${k}`);
    }
    await says(ours, "add", "-q", "data");
    await says(ours, "push", "-q");
    publish(ours, "large");
    git(theirs.folder, "pull", "-q", "origin", "main");
    await says({ who: "stemma", folder: theirs.folder }, "pull", "-q");
    for (const args of [["status"], ["status", "-c"], ["data", "status"]])
      expect(JSON.parse(await says(theirs, ...args, "--json")), args.join(" ")).toEqual({});
    same(theirs, ours);
  });
});

/** What one pushes the other pulls; both find nothing to do after it. */
async function exchanged(from: Side, to: Side): Promise<void> {
  await says(from, "push", "-q");
  publish(from, `by ${from.who}`);
  git(to.folder, "pull", "-q", "origin", "main");
  await says(to, "pull", "-q");
  same(from, to);
  for (const side of [from, to]) {
    expect(JSON.parse(await says(side, "status", "--json")), `status by ${side.who}`).toEqual({});
    expect(JSON.parse(await says(side, "status", "-c", "--json")), `status -c by ${side.who}`).toEqual({});
  }
}

const remotes: readonly (readonly [string, () => string])[] = [
  [
    "S3",
    () =>
      `    url = s3://bucket/a place\n    endpointurl = ${s3.endpoint}\n    access_key_id = ${s3.accessKeyId}\n    secret_access_key = ${s3.secretAccessKey}\n    region = ${s3.region}\n`,
  ],
  [
    "SSH",
    () =>
      `    url = ssh://${sshd.user}@${sshd.host}:${sshd.port}${sshd.folder}/a place\n    keyfile = ${sshd.keyFile}\n`,
  ],
];

describe.each(remotes)("a remote in %s", (name, settings) => {
  it("serves both: what real DVC pushes Stemma pulls, and the other way round", async () => {
    const [theirs, ours] = await twoSides(name, `[core]\n    remote = lab\n['remote "lab"']\n${settings()}`);
    mkdirSync(join(theirs.folder, "data", "sub ü"), { recursive: true });
    for (const [path, text] of [
      ["data/a.csv", "x\n1\n"],
      ["data/sub ü/empty", ""],
      ["data/quote'\"", "q"],
      ["one.bin", "\0".repeat(100_000)],
    ] as const) {
      writeFileSync(join(theirs.folder, path), text);
    }
    await says(theirs, "add", "-q", "data", "one.bin");
    await exchanged(theirs, ours);
    // Changed, moved and taken away by the other.
    writeFileSync(join(ours.folder, "data", "a.csv"), "x\n2\n");
    rmSync(join(ours.folder, "data", "quote'\""));
    await says(ours, "add", "-q", "data");
    await says(ours, "move", "-q", "one.bin", "two.bin");
    await exchanged(ours, theirs);
  });
});

describe("a catalog", () => {
  it("names data sets in S3 and behind SFTP: loaded with the credentials that stand apart", async () => {
    const folder = join(base, "catalog");
    mkdirSync(join(folder, "out"), { recursive: true });
    git(folder, "init", "-q");
    const rows = [
      { day: 1, cases: 3.5 },
      { day: 2, cases: 4.5 },
    ];
    const place = `ssh://${sshd.user}@${sshd.host}:${sshd.port}${sshd.folder}/sets ü`;
    const bucket = "s3://bucket/sets ü";
    const [own, before] = [process.cwd(), process.env["HOME"]];
    process.chdir(folder);
    process.env["HOME"] = home;
    try {
      writeFileSync(
        "catalog.yaml",
        `far: {path: "${place}/cases.parquet", credentials: lab, schema: {day: number, cases: number}}\ncloud: {path: "${bucket}/cases.parquet", credentials: cloud}\nwrong: {path: "${bucket}/none.parquet", credentials: cloud}\nlocked: {path: "${bucket}/cases.parquet", credentials: nobody}\n`,
      );
      writeFileSync(
        "credentials.yaml",
        `lab: {key_filename: "${sshd.keyFile}"}\ncloud:\n  key: ${s3.accessKeyId}\n  secret: ${s3.secretAccessKey}\n  client_kwargs: {endpoint_url: "${s3.endpoint}", region_name: ${s3.region}}\n`,
      );
      await version("out/cases.parquet", rows);
      mkdirSync(join(sshd.folder, "sets ü"), { recursive: true });
      cpSync("out/cases.parquet", join(sshd.folder, "sets ü", "cases.parquet"));
      await putInto(bucket, "out/cases.parquet");
      expect(await version.load("far")).toEqual(rows);
      expect(await version.load("cloud")).toEqual(rows);
      await expect(version.load("wrong")).rejects.toThrow("none.parquet");
      await expect(version.load("locked")).rejects.toThrow('wants the credentials "nobody"');
    } finally {
      process.chdir(own);
      if (before === undefined) delete process.env["HOME"];
      else process.env["HOME"] = before;
    }
  });
});

async function putInto(bucket: string, file: string): Promise<void> {
  const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const { hostname, pathname } = new URL(bucket);
  const key = `${decodeURIComponent(pathname.slice(1))}/${basename(file)}`;
  await client.send(new PutObjectCommand({ Bucket: hostname, Key: key, Body: readFileSync(file) }));
  client.destroy();
}
