import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { type S3Server, startS3 } from "../../support/services/index.ts";
import { type Edit, inside, type Place, really, remove, type Step, said, twin, write } from "./twin.ts";

/** Files beside the repository. */
function outside(files: Readonly<Record<string, string>>): Edit {
  return ({ around }) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(around, path)), { recursive: true });
      writeFileSync(join(around, path), text);
    }
  };
}

function sourceGit(place: Place, ...args: readonly string[]): void {
  execFileSync("git", args, { cwd: join(place.around, "source"), env: place.env, stdio: "pipe" });
}

/** A git repository beside ours, with data of DVC's and of git's own; tag v1, then a newer commit. */
const source: readonly Step[] = [
  ({ around }) => mkdirSync(join(around, "source")),
  outside({
    "source/data/x": "x\n",
    "source/data/sub/ü y": "y\n",
    "source/one.csv": "a,b\n1,2\n",
    "source/plain.txt": "plain\n",
    "source/docs/read me.md": "# docs\n",
  }),
  (place) => sourceGit(place, "init", "-q"),
  really("init -q", "../source"),
  really("add -q data one.csv", "../source"),
  (place) => sourceGit(place, "add", "-A"),
  (place) => sourceGit(place, "commit", "-q", "-m", "1"),
  (place) => sourceGit(place, "tag", "v1"),
  outside({ "source/one.csv": "a,b\n3,4\n" }),
  really("add -q one.csv", "../source"),
  (place) => sourceGit(place, "commit", "-q", "-a", "-m", "2"),
];

describe.concurrent("import-url", () => {
  twin("brings files and folders of this machine with their source", [
    outside({ "ext/one.csv": "1\n", "ext/dir/b": "b\n", "ext/dir/sub/ü c": "c\n" }),
    "import-url ../ext/one.csv",
    "import-url ../ext/one.csv",
    "import-url -f ../ext/one.csv",
    "import-url ../ext/dir d2",
    "import-url ../ext/nothing",
    "import-url --no-exec ../ext/one.csv ne.csv",
    "import-url --no-download ../ext/dir nd",
    write("in.txt", "in\n"),
    "import-url in.txt copy.txt",
    write("deep/.keep", ""),
    inside("deep", "import-url ../in.txt"),
    "import-url in.txt deep/other.txt",
    "update one.csv.dvc",
    outside({ "ext/one.csv": "2\n", "ext/dir/new": "n\n" }),
    "update one.csv.dvc d2.dvc",
    "update --no-download nd.dvc",
    "update nothing.dvc",
    remove("copy.txt"),
    write("in.txt", "changed\n"),
    "update -R deep",
    "update copy.txt.dvc",
  ]);
  twin("keeps what a person wrote into the file", [
    outside({ "ext/one.csv": "1\n" }),
    "import-url ../ext/one.csv",
    write(
      "one.csv.dvc",
      "# where it is from\nmd5: 3e60b2b225940589039a8d6356d4c91f\nfrozen: true\ndeps:\n- md5: b026324c6904b2a9cb4b88d6d61c81d1\n  size: 2\n  hash: md5\n  path: ../ext/one.csv # theirs\nouts:\n- md5: b026324c6904b2a9cb4b88d6d61c81d1\n  size: 2\n  hash: md5\n  path: one.csv\n  desc: ours\nmeta:\n  who: me\n",
    ),
    outside({ "ext/one.csv": "222\n" }),
    "update one.csv.dvc",
  ]);
  twin("brings data straight to a remote, and gets it from there", [
    outside({ "ext/dir/b": "b\n", "ext/dir/sub/c": "c\n" }),
    ({ around, repo }) =>
      writeFileSync(
        join(repo, ".dvc", "config"),
        `[core]\n    remote = store\n['remote "store"']\n    url = ${around}/store\n`,
      ),
    "import-url --to-remote ../ext/dir/b",
    "import-url ../ext/dir -r store",
    "import-url --to-remote --no-exec ../ext/dir",
    "pull",
  ]);
});

describe.concurrent("import and get", () => {
  twin("bring what a repository keeps by DVC or by git, at any commit", [
    ...source,
    "import ../source one.csv",
    "import ../source one.csv -o old.csv --rev v1",
    "import ../source data",
    "import ../source data/sub -o sub",
    "import ../source docs",
    "import ../source plain.txt",
    "import --no-exec ../source data -o later",
    "import --no-download ../source data -o seen",
    "import ../source one.csv",
    "import ../source one.csv --rev nothing -o n.csv",
    "update one.csv.dvc",
    "update old.csv.dvc",
    "update --rev v1 one.csv.dvc",
    "update --rev HEAD --no-download old.csv.dvc",
  ]);
  twin("get them without tracking", [
    ...source,
    "get ../source one.csv",
    "get ../source one.csv",
    "get -f ../source one.csv --rev v1",
    "get ../source data -o d",
    "get ../source data/sub",
    "get ../source docs",
    said("get --show-url ../source one.csv"),
    outside({ "ext/dir/b": "b\n" }),
    "get-url ../ext/dir",
    "get-url ../ext/dir/b b2",
    "get-url ../ext/nothing",
    "get-url -f ../ext/dir",
  ]);
  twin("list them", [
    ...source,
    "list ../source --json",
    said("list ../source"),
    said("list -R ../source"),
    said("list -R --dvc-only ../source"),
    said("list ../source data"),
    "list --json ../source data/sub --rev v1",
    "list -R --json ../source --rev v1",
    said("list ../source one.csv"),
    said("list --size ../source docs"),
    said("list --show-hash ../source"),
    said("list -T ../source"),
    said("list -R -L 2 ../source"),
    "list ../source nothing",
    outside({ "ext/dir/b": "b\n", "ext/a": "a\n" }),
    said("list-url -R --size ../ext"),
    said("list-url ../ext/dir"),
  ]);
});

describe("from S3 and the web", () => {
  let s3: S3Server;
  let bucket = "";
  let web: Server;
  let port = 0;
  const files = new Map<string, { readonly text: string; readonly etag: string | null }>();
  const set = (path: string, text: string, etag: string | null = null): Edit => {
    return () => void files.set(path, { text, etag });
  };
  beforeAll(async () => {
    s3 = await startS3();
    bucket = s3.createBucket("bucket");
    web = createServer((request, response) => {
      const file = files.get(decodeURIComponent(request.url ?? ""));
      if (file === undefined) {
        response.writeHead(404).end();
        return;
      }
      response.setHeader("content-length", Buffer.byteLength(file.text));
      response.setHeader("content-type", "text/csv; charset=utf-8");
      response.setHeader("last-modified", "Sat, 21 Nov 2026 15:05:09 GMT");
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
  const inS3 = (objects: Readonly<Record<string, string>>): Edit => {
    return async () => {
      const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
      const credentials = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey };
      const client = new S3Client({ endpoint: s3.endpoint, region: s3.region, credentials, forcePathStyle: true });
      for (const [Key, Body] of Object.entries(objects))
        await client.send(new PutObjectCommand({ Bucket: "bucket", Key, Body }));
      client.destroy();
    };
  };
  const remotes: Edit = ({ repo }) => {
    for (const name of ["root", "store"]) rmSync(join(bucket, name), { recursive: true, force: true });
    const keys = `    endpointurl = ${s3.endpoint}\n    access_key_id = ${s3.accessKeyId}\n    secret_access_key = ${s3.secretAccessKey}\n    region = ${s3.region}\n`;
    writeFileSync(
      join(repo, ".dvc", "config"),
      `[core]\n    remote = store\n['remote "store"']\n    url = s3://bucket/store\n${keys}['remote "lab"']\n    url = s3://bucket/root\n${keys}['remote "web"']\n    url = http://127.0.0.1:${port}\n`,
    );
  };

  twin("S3 objects carry their ETag", [
    remotes,
    inS3({ "root/one.csv": "a\n", "root/dir/x": "x\n", "root/dir/sub/ü y": "y\n" }),
    "import-url remote://lab/one.csv",
    "import-url remote://lab/dir",
    "import-url --no-download remote://lab/dir nd",
    "import-url remote://lab/nothing",
    said("list-url -R --size remote://lab/dir"),
    "get-url remote://lab/dir got",
    inS3({ "root/one.csv": "bb\n", "root/dir/x": "xx\n" }),
    "update one.csv.dvc dir.dvc",
    "update one.csv.dvc",
  ]);
  twin("a remote in S3 is pushed to, compared, collected and pulled from", [
    remotes,
    write("data/a", "a\n"),
    write("data/ü", "ü\n"),
    "add data",
    said("push"),
    said("status -c"),
    write("data/a", "b\n"),
    "add data",
    "status -c --json",
    said("push"),
    remove(".dvc/cache"),
    remove("data"),
    said("pull"),
    said("gc -w -c -f"),
    said("push"),
  ]);
  twin("files of a web server carry their ETag, or what the server says instead", [
    remotes,
    set("/one.csv", "a\n", '"v1"'),
    set("/two.csv", "b\n"),
    "import-url remote://web/one.csv",
    "import-url remote://web/two.csv",
    "import-url remote://web/nothing.csv",
    "update one.csv.dvc",
    set("/one.csv", "ccc\n", '"v2"'),
    "update one.csv.dvc two.csv.dvc",
    "get-url remote://web/two.csv got.csv",
  ]);
});
