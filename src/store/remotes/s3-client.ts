import { existsSync, readFileSync } from "node:fs";
import { Agent } from "node:https";
import { homedir } from "node:os";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { isOn, type RemoteSettings } from "./remote.ts";
import { RemoteError } from "./remote-error.ts";

/** What of the AWS SDK is used. */
export type S3Packages = typeof import("@aws-sdk/client-s3") & typeof import("@aws-sdk/lib-storage");

/** @throws {RemoteError} the packages are not installed */
export async function s3Packages(): Promise<S3Packages> {
  try {
    const [client, storage] = await Promise.all([import("@aws-sdk/client-s3"), import("@aws-sdk/lib-storage")]);
    return { ...client, ...storage };
  } catch (cause) {
    throw new RemoteError(
      "UNSUPPORTED",
      "Remotes in S3 need the AWS SDK. Install it: npm install @aws-sdk/client-s3 @aws-sdk/lib-storage",
      { cause },
    );
  }
}

/** A client as the remote's settings want it; the names are DVC's (dvc_s3, _prepare_credentials). */
export async function s3Client(sdk: S3Packages, settings: RemoteSettings): Promise<S3Client> {
  const config = configOf(settings);
  const { region } = config;
  if (region !== undefined) return new sdk.S3Client(config);
  // The profile may name a region; without any the SDK refuses where botocore takes the first.
  const client = new sdk.S3Client(config);
  try {
    await client.config.region();
    return client;
  } catch {
    client.destroy();
    return new sdk.S3Client({ ...config, region: "us-east-1" });
  }
}

function configOf(settings: RemoteSettings): S3ClientConfig {
  const { options } = settings;
  const endpoint = endpointOf(settings);
  const region = options.get("region") ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  const profile = options.get("profile");
  return {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...credentialsOf(settings),
    requestHandler: handlerOf(settings),
    followRegionRedirects: true,
    maxAttempts: 5,
    // Servers of others know no checksums of the newer kind; the MD5 of every body is sent and checked instead.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  };
}

function endpointOf(settings: RemoteSettings): string | null {
  const given = settings.options.get("endpointurl");
  if (given === undefined) return null;
  return /^https?:\/\//.test(given) ? given : `${isOn(settings, "use_ssl", true) ? "https" : "http"}://${given}`;
}

function credentialsOf(settings: RemoteSettings): Pick<S3ClientConfig, "credentials" | "signer"> {
  const { options } = settings;
  const accessKeyId = options.get("access_key_id");
  const secretAccessKey = options.get("secret_access_key");
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const sessionToken = options.get("session_token");
    return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } };
  }
  if (isOn(settings, "allow_anonymous_login", false)) {
    return { credentials: { accessKeyId: "", secretAccessKey: "" }, signer: { sign: async (request) => request } };
  }
  const file = options.get("credentialpath");
  return file === undefined ? {} : { credentials: fileCredentials(file, options.get("profile") ?? "default") };
}

/** The keys that a profile has in a file like `~/.aws/credentials`. */
function fileCredentials(path: string, profile: string): { accessKeyId: string; secretAccessKey: string } {
  const file = path.replace(/^~(?=\/|$)/, homedir());
  if (!existsSync(file)) throw new RemoteError("DENIED", `${file}, the remote's credentialpath, does not exist.`);
  const values = new Map<string, string>();
  let section = "";
  for (const line of readFileSync(file, "utf8").split(/\r?\n/)) {
    section = /^\s*\[\s*(?:profile\s+)?(.*?)\s*\]/.exec(line)?.[1] ?? section;
    const [, key, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === profile && key !== undefined) values.set(key, value ?? "");
  }
  const accessKeyId = values.get("aws_access_key_id");
  const secretAccessKey = values.get("aws_secret_access_key");
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new RemoteError("DENIED", `${file} has no keys for the profile "${profile}".`);
  }
  const sessionToken = values.get("aws_session_token");
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function handlerOf(settings: RemoteSettings): NonNullable<S3ClientConfig["requestHandler"]> {
  const { options } = settings;
  const verify = options.get("ssl_verify") ?? "true";
  const trust =
    verify.toLowerCase() === "false"
      ? { rejectUnauthorized: false }
      : verify.toLowerCase() === "true"
        ? {}
        : { ca: readFileSync(verify) };
  const seconds = (key: string, missing: number): number => Number(options.get(key) ?? missing) * 1000;
  return {
    connectionTimeout: seconds("connect_timeout", 60),
    requestTimeout: seconds("read_timeout", 60),
    httpsAgent: new Agent({ keepAlive: true, maxSockets: 64, ...trust }),
  };
}
