import { readFileSync } from "node:fs";
import { ValueError } from "../params.ts";
import type { Tls } from "./rest-transport.ts";

/** Where a tracking server is, and who asks; what is absent is taken from the environment, as MLflow's clients do. */
export interface RestOptions {
  /** `https://mlflow.example.org`, a path behind it where a proxy has one; else MLFLOW_TRACKING_URI. */
  readonly uri?: string;
  /** Sent as Bearer; else MLFLOW_TRACKING_TOKEN. */
  readonly token?: string;
  /** With `password`, goes before the token; else MLFLOW_TRACKING_USERNAME, or what the address has before its `@`. */
  readonly username?: string;
  readonly password?: string;
  /** File with the certificates (PEM) that are trusted; else MLFLOW_TRACKING_SERVER_CERT_PATH. */
  readonly serverCertPath?: string;
  /** File with our own certificate and its key (PEM); else MLFLOW_TRACKING_CLIENT_CERT_PATH. */
  readonly clientCertPath?: string;
  /** Believes whoever answers; else MLFLOW_TRACKING_INSECURE_TLS. */
  readonly insecureTls?: boolean;
}

/** The address without its secrets, and the header that has them. */
export interface Address {
  /** Without a slash at its end. */
  readonly url: string;
  readonly authorization: string | null;
  readonly sends: "nothing" | "token" | "login";
  /** Null where the system's own certificates count. */
  readonly tls: Tls | null;
}

/** @throws {ValueError} no address, or one that is not http or https */
export function addressOf(options: RestOptions, environment: NodeJS.ProcessEnv = process.env): Address {
  const uri = options.uri ?? environment["MLFLOW_TRACKING_URI"] ?? "";
  if (uri === "")
    throw new ValueError(
      'No tracking server is named. Set MLFLOW_TRACKING_URI, or give { uri: "http://127.0.0.1:5000" }.',
    );
  const url = URL.canParse(uri) ? new URL(uri) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ValueError(
      `The tracking server's address is ${JSON.stringify(withoutSecrets(uri))}; an http or https one is wanted, such as http://127.0.0.1:5000.`,
    );
  const shown = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  return { url: shown, ...credentials(options, url, environment), tls: tlsOf(options, environment) };
}

function tlsOf(options: RestOptions, environment: NodeJS.ProcessEnv): Tls | null {
  const insecure = options.insecureTls ?? /^(true|1)$/i.test(environment["MLFLOW_TRACKING_INSECURE_TLS"] ?? "");
  const trusted = options.serverCertPath ?? environment["MLFLOW_TRACKING_SERVER_CERT_PATH"] ?? "";
  const own = options.clientCertPath ?? environment["MLFLOW_TRACKING_CLIENT_CERT_PATH"] ?? "";
  if (insecure && trusted !== "")
    throw new ValueError(
      `Certificates to trust are given (${trusted}), and any is to be believed (MLFLOW_TRACKING_INSECURE_TLS). Take one of them away.`,
    );
  if (!insecure && trusted === "" && own === "") return null;
  return {
    ...(insecure ? { rejectUnauthorized: false } : {}),
    ...(trusted === "" ? {} : { ca: pem("MLFLOW_TRACKING_SERVER_CERT_PATH", trusted) }),
    ...(own === "" ? {} : { cert: pem("MLFLOW_TRACKING_CLIENT_CERT_PATH", own) }),
  };
}

function pem(name: string, path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ValueError(`The certificates of the tracking server cannot be read: ${reason}. Is ${name} right?`);
  }
  throw new ValueError(`${path} holds no certificate in PEM ("-----BEGIN CERTIFICATE-----"). Is ${name} right?`);
}

function credentials(
  options: RestOptions,
  url: URL,
  environment: NodeJS.ProcessEnv,
): Pick<Address, "authorization" | "sends"> {
  // What was given here goes before what lies around in the environment.
  const given = options.token !== undefined || options.username !== undefined || url.username !== "";
  const username = options.username ?? (decodeURIComponent(url.username) || undefined);
  const password = options.password ?? (decodeURIComponent(url.password) || undefined);
  const name = given ? username : environment["MLFLOW_TRACKING_USERNAME"];
  const secret = given ? password : environment["MLFLOW_TRACKING_PASSWORD"];
  if (name !== undefined && secret !== undefined)
    return { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`, sends: "login" };
  const token = given ? options.token : environment["MLFLOW_TRACKING_TOKEN"];
  return token === undefined || token === ""
    ? { authorization: null, sends: "nothing" }
    : { authorization: `Bearer ${token}`, sends: "token" };
}

function withoutSecrets(uri: string): string {
  return uri.replace(/\/\/[^@/]*@/, "//");
}
