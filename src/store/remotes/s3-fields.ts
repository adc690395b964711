import { createHash } from "node:crypto";
import type { RemoteSettings } from "./remote.ts";
import { RemoteError } from "./remote-error.ts";

type Fields = Readonly<Record<string, string>>;

const grants: readonly (readonly [string, string])[] = [
  ["grant_full_control", "GrantFullControl"],
  ["grant_read", "GrantRead"],
  ["grant_read_acp", "GrantReadACP"],
  ["grant_write_acp", "GrantWriteACP"],
];

/**
 * What a write carries besides its bytes: encryption, and who may read (dvc_s3, _prepare_credentials).
 *
 * @throws {RemoteError} settings that exclude each other
 */
export function writeFields(settings: RemoteSettings): Fields {
  const { options } = settings;
  const given = grants.filter(([key]) => options.has(key));
  if (given.length > 0 && options.has("acl")) throw exclusive("acl", "grant_*");
  return {
    ...field("ServerSideEncryption", options.get("sse")),
    ...field("SSEKMSKeyId", options.get("sse_kms_key_id")),
    ...field("ACL", options.get("acl")),
    ...Object.fromEntries(given.map(([key, name]) => [name, options.get(key) ?? ""])),
    ...customerKey(settings),
  };
}

/** The key of one's own that S3 encrypts with and forgets: needed to read, too. */
export function customerKey({ options }: RemoteSettings): Fields {
  const key = options.get("sse_customer_key");
  if (key === undefined) return {};
  if (options.has("sse_kms_key_id")) throw exclusive("sse_kms_key_id", "sse_customer_key");
  return {
    SSECustomerAlgorithm: options.get("sse_customer_algorithm") ?? "AES256",
    SSECustomerKey: key,
    SSECustomerKeyMD5: createHash("md5").update(Buffer.from(key, "base64")).digest("base64"),
  };
}

function field(name: string, value: string | undefined): Fields {
  return value === undefined ? {} : { [name]: value };
}

function exclusive(a: string, b: string): RemoteError {
  return new RemoteError("UNSUPPORTED", `The remote has both ${a} and ${b}; S3 takes one of them. Unset the other.`);
}
