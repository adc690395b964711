import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type S3Server, startS3 } from "../../support/services/index.ts";
import { commit, differs, type Edit, remove, twin, write } from "./twin.ts";

// Stages that depend on what lies elsewhere: DVC asks the server for an ETag, and reads what has none.

let s3: S3Server;
let web: Server;
let port = 0;
const files = new Map<string, { readonly text: string; readonly etag: string | null }>();

beforeAll(async () => {
  s3 = await startS3();
  s3.createBucket("bucket");
  web = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("content-length", Buffer.byteLength(file.text));
    if (file.etag !== null) response.setHeader("etag", file.etag);
    response.end(request.method === "HEAD" ? "" : file.text);
  });
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  const address = web.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

afterAll(async () => {
  web.close();
  web.closeAllConnections();
  await s3.close();
});

const onWeb = (path: string, text: string, etag: string | null): Edit => {
  return () => void files.set(path, { text, etag });
};
const offWeb = (path: string): Edit => {
  return () => void files.delete(path);
};
const inS3 = (Key: string, Body: string): Edit => {
  return async () => {
    const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
    const credentials = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey };
    const client = new S3Client({ endpoint: s3.endpoint, region: s3.region, credentials, forcePathStyle: true });
    await client.send(new PutObjectCommand({ Bucket: "bucket", Key, Body }));
    client.destroy();
  };
};
const outside = (path: string, text: string): Edit => {
  return ({ around }) => {
    mkdirSync(dirname(join(around, path)), { recursive: true });
    writeFileSync(join(around, path), text);
  };
};
const config: Edit = ({ repo }) => {
  writeFileSync(
    join(repo, ".dvc", "config"),
    `['remote "lab"']\n    url = s3://bucket/root\n    endpointurl = ${s3.endpoint}\n    access_key_id = ${s3.accessKeyId}\n    secret_access_key = ${s3.secretAccessKey}\n    region = ${s3.region}\n['remote "web"']\n    url = http://127.0.0.1:${port}\n`,
  );
};
const pipeline: Edit = (place) =>
  write(
    "dvc.yaml",
    `stages:
  web:
    cmd: echo web > web.txt
    deps: ['http://127.0.0.1:${port}/one.csv', in.txt]
    outs: [web.txt]
  near:
    cmd: cat ../ext/x > near.txt
    deps: [../ext/x]
    outs: [near.txt]
  lab:
    cmd: echo lab > lab.txt
    deps: [remote://lab/one.csv, remote://lab/dir]
    outs: [lab.txt]
  all:
    cmd: cat web.txt lab.txt near.txt > all.txt
    deps: [web.txt, lab.txt, near.txt]
    outs: [all.txt]
`,
  )(place);

twin("stages that depend on a web server, on S3 and on a file beside the repository", [
  config,
  pipeline,
  write("in.txt", "1\n"),
  onWeb("/one.csv", "a\n", '"v1"'),
  inS3("root/one.csv", "a\n"),
  inS3("root/dir/x", "x\n"),
  outside("ext/x", "1\n"),
  "status --json",
  "repro",
  "status --json",
  "repro",
  commit("one"),
  onWeb("/one.csv", "bb\n", '"v2"'),
  outside("ext/x", "2\n"),
  "status --json",
  "repro",
  inS3("root/dir/x", "xx\n"),
  "status --json",
  "repro",
  remove("dvc.lock"),
  "repro",
  offWeb("/one.csv"),
  "status --json",
  "repro",
]);

twin("outputs elsewhere are refused", [
  config,
  write("dvc.yaml", "stages:\n  far:\n    cmd: echo 1\n    outs: ['remote://lab/out']\n"),
  "repro",
  ["stage", "add", "-n", "far", "-o", "s3://bucket/x", "true"],
  write("dvc.yaml", "stages:\n  far:\n    cmd: echo 1 > ../out\n    outs: [../out]\n"),
  differs("repro", "DVC runs the stage, and refuses its output then", ({ code, err }, { around }) => {
    expect([code, err]).toEqual([255, expect.stringContaining("Cached output(s) outside of DVC project: ../out.")]);
    expect(existsSync(join(around, "out"))).toBe(false);
  }),
]);
