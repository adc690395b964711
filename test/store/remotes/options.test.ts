import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRemote, type Remote } from "../../../src/store/index.ts";

const folder = mkdtempSync(join(tmpdir(), "stemma-options-"));
const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
const heard: { readonly method: string; readonly headers: IncomingHttpHeaders }[] = [];
let web: Server;
let secure: Server;

beforeAll(async () => {
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-keyout", key, "-out", certificate, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
    ],
    { stdio: "ignore" },
  );
  const answer: Parameters<typeof createHttp>[1] = (request, response) => {
    heard.push({ method: request.method ?? "", headers: request.headers });
    request.resume();
    request.on("end", () => {
      if (request.headers["x-lab-token"] === undefined && request.method !== "PUT") response.statusCode = 401;
      response.setHeader("etag", '"0cc175b9c0f1b6a831c399e269772661"');
      response.end(request.method === "GET" ? "a" : "");
    });
  };
  web = createHttp(answer);
  secure = createHttps({ key: readFileSync(key), cert: readFileSync(certificate) }, answer);
  for (const server of [web, secure]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  for (const server of [web, secure]) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(folder, { recursive: true, force: true });
});

const port = (server: Server): number => (server.address() as AddressInfo).port;

async function withRemote<T>(
  url: string,
  options: Record<string, string>,
  work: (remote: Remote) => Promise<T>,
): Promise<T> {
  const remote = await openRemote({ url, options: new Map(Object.entries(options)) });
  try {
    return await work(remote);
  } finally {
    await remote.close();
  }
}

async function textOf(remote: Remote, path: string): Promise<string> {
  const blocks: Uint8Array[] = [];
  for await (const bytes of await remote.read(path)) blocks.push(bytes);
  return Buffer.concat(blocks).toString();
}

describe("a web server", () => {
  const custom = { auth: "custom", custom_auth_header: "X-Lab-Token", password: "se cret" };

  it("sees the header of one's own that it wants", async () => {
    const url = `http://127.0.0.1:${port(web)}`;
    expect(await withRemote(url, custom, (remote) => textOf(remote, "x"))).toBe("a");
    expect(heard.at(-1)?.headers["x-lab-token"]).toBe("se cret");
    await expect(withRemote(url, {}, (remote) => textOf(remote, "x"))).rejects.toThrow(/does not let you in \(401\)/);
  });

  it("is trusted by its own certificate, by no check, and not without", async () => {
    const url = `https://127.0.0.1:${port(secure)}`;
    for (const verify of [certificate, "false"]) {
      expect(await withRemote(url, { ...custom, ssl_verify: verify }, (remote) => textOf(remote, "x"))).toBe("a");
    }
    await expect(withRemote(url, custom, (remote) => textOf(remote, "x"))).rejects.toThrow(/self-signed certificate/);
  });
});

describe("S3", () => {
  const keys = { access_key_id: "A", secret_access_key: "b", region: "us-east-1" };
  const write = (options: Record<string, string>, endpoint: string): Promise<void> =>
    withRemote("s3://bucket/x", { ...keys, ...options, endpointurl: endpoint }, (remote) =>
      remote.write("a", { file, bytes: 1, md5: "0cc175b9c0f1b6a831c399e269772661" }),
    );

  const file = join(folder, "a");
  beforeAll(() => writeFileSync(file, "a"));

  it("is told how to encrypt, and who may read", async () => {
    const options = { sse: "aws:kms", sse_kms_key_id: "key-1", acl: "bucket-owner-full-control" };
    await write(options, `http://127.0.0.1:${port(web)}`);
    expect(heard.at(-1)).toMatchObject({
      method: "PUT",
      headers: {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
        "x-amz-acl": "bucket-owner-full-control",
      },
    });
  });

  it("is reached behind a certificate of one's own", async () => {
    await write({ ssl_verify: certificate }, `https://127.0.0.1:${port(secure)}`);
    expect(heard.at(-1)?.method).toBe("PUT");
    await expect(write({ connect_timeout: "5" }, `https://127.0.0.1:${port(secure)}`)).rejects.toThrow(/certificate/);
  });
});
