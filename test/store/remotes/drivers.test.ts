import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRemote, type Remote } from "../../../src/store/index.ts";
import * as conformance from "../../conformance/remote.ts";
import { type S3Server, type Sshd, startS3, startSshd } from "../../support/services/index.ts";

const folder = mkdtempSync(join(tmpdir(), "stemma-drivers-"));
let s3: S3Server;
let sshd: Sshd;
let count = 0;

beforeAll(async () => {
  [s3, sshd] = await Promise.all([startS3(), startSshd()]);
  process.env["HOME"] = folder;
  delete process.env["SSH_AUTH_SOCK"];
  sshConfig(sshd.knownHosts);
});

afterAll(async () => {
  await Promise.all([s3.close(), sshd.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const keys = (): readonly (readonly [string, string])[] => [
  ["endpointurl", s3.endpoint],
  ["access_key_id", s3.accessKeyId],
  ["secret_access_key", s3.secretAccessKey],
];

function openS3(path: string, options: readonly (readonly [string, string])[] = keys()): Promise<Remote> {
  return openRemote({ url: `s3://bucket-${++count}${path}`, options: new Map(options) });
}

function openSsh(): Promise<Remote> {
  const url = `ssh://${sshd.user}@${sshd.host}:${sshd.port}${sshd.folder}/${++count}`;
  return openRemote({ url, options: new Map([["keyfile", sshd.keyFile]]) });
}

/** What the user's OpenSSH knows of hosts. */
function sshConfig(knownHosts: string): void {
  mkdirSync(join(folder, ".ssh"), { recursive: true });
  const lab = `Host lab\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${sshd.user}\n  IdentityFile "${sshd.keyFile}"\n`;
  writeFileSync(join(folder, ".ssh", "config"), `${lab}Host *\n  UserKnownHostsFile ${knownHosts}\n`);
}

conformance.remote("a folder", () => openRemote({ url: join(folder, String(++count), "new"), options: new Map() }));
conformance.remote("a folder of an S3 bucket", () => {
  s3.createBucket(`bucket-${count + 1}`);
  return openS3("/a folder/of it");
});
conformance.remote("a folder over SSH", openSsh);

describe("S3", () => {
  it("says which keys are wrong, which bucket is missing and where nobody answers", async () => {
    s3.createBucket("bucket-locked");
    const wrong = await openRemote({
      url: "s3://bucket-locked",
      options: new Map([...keys(), ["secret_access_key", "wrong"]]),
    });
    await expect(wrong.stat("x")).rejects.toMatchObject({
      trouble: "DENIED",
      message: expect.not.stringContaining("wrong"),
    });
    const gone = await openS3("");
    await expect(gone.list("")[Symbol.asyncIterator]().next()).rejects.toThrow(/There is no bucket "bucket-\d+"/);
    const silent = await openS3("", [...keys(), ["endpointurl", "http://127.0.0.1:9"]]);
    await expect(silent.stat("x")).rejects.toMatchObject({ trouble: "UNREACHABLE" });
    await Promise.all([wrong.close(), gone.close(), silent.close()]);
  });

  it("takes its keys from a file of credentials by profile", async () => {
    s3.createBucket("bucket-profile");
    const file = join(folder, "credentials");
    writeFileSync(
      file,
      `[default]\naws_access_key_id = X\naws_secret_access_key = Y\n\n[lab]\naws_access_key_id=${s3.accessKeyId}\naws_secret_access_key = ${s3.secretAccessKey}\n`,
    );
    const options = new Map([
      ["endpointurl", s3.endpoint],
      ["credentialpath", file],
      ["profile", "lab"],
    ]);
    const target = await openRemote({ url: "s3://bucket-profile/", options });
    expect(await target.stat("nothing")).toBeNull();
    await target.close();
  });
});

describe("SSH", () => {
  it("finds host, port, user and key of an alias in ~/.ssh/config", async () => {
    const target = await openRemote({ url: `ssh://lab${sshd.folder}`, options: new Map() });
    expect(await target.stat("")).toMatchObject({ folder: true });
    await target.close();
  });

  it("does not talk to a host whose key is not known, or is another", async () => {
    const none = join(folder, "none");
    writeFileSync(none, "");
    sshConfig(none);
    await expect(openSsh()).rejects.toThrow(
      /The key of 127.0.0.1 \(SHA256:.*\) is not in known_hosts.*ssh-keyscan -p \d+/,
    );
    const other = readFileSync(`${sshd.keyFile}.pub`, "utf8").split(" ")[1];
    writeFileSync(none, `[127.0.0.1]:${sshd.port} ssh-ed25519 ${other}\n`);
    await expect(openSsh()).rejects.toThrow("shows another key");
    sshConfig(sshd.knownHosts);
  });

  it("says who is not let in, and where nobody answers", async () => {
    const key = join(folder, "stranger");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const url = `ssh://${sshd.user}@${sshd.host}:${sshd.port}/x`;
    const stranger = openRemote({ url, options: new Map([["keyfile", key]]) });
    await expect(stranger).rejects.toMatchObject({ trouble: "DENIED" });
    await expect(openRemote({ url: "ssh://127.0.0.1:9/x", options: new Map() })).rejects.toMatchObject({
      trouble: "UNREACHABLE",
    });
  });
});
