import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tools.ts";
import { emptyFolder, freePort, startProgram, stopProgram } from "./service.ts";

/** An S3 server of the test's own: versitygw, which checks signatures. */
export interface S3Server {
  /** `http://127.0.0.1:<port>`; path style. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** What AWS's own programs and boto3 read. */
  readonly env: Readonly<Record<string, string>>;
  /** A bucket is a folder on the disk: its absolute path. */
  createBucket(name: string): string;
  close(): Promise<void>;
}

export async function startS3(): Promise<S3Server> {
  const program = join(root, "build", "tools", "versitygw");
  if (!existsSync(program)) throw new Error(`${program} is not there. \`npm test\` builds it; run that once.`);
  const folder = emptyFolder();
  const [buckets, versions, users] = ["buckets", "versions", "users"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [buckets, versions, users]) mkdirSync(path);
  const port = await freePort();
  const [accessKeyId, secretAccessKey, region] = ["AKTEST", "secretsecret", "us-east-1"] as const;
  const child = await startProgram({
    program,
    args: [
      ...["--quiet", "--keep-alive", "--port", `127.0.0.1:${port}`, "--region", region],
      ...["--iam-dir", users, "posix", "--versioning-dir", versions, buckets],
    ],
    port,
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    region,
    accessKeyId,
    secretAccessKey,
    env: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL_S3: endpoint,
      MLFLOW_S3_ENDPOINT_URL: endpoint,
    },
    createBucket: (name) => {
      mkdirSync(join(buckets, name));
      return join(buckets, name);
    },
    close: () => stopProgram(child),
  };
}
