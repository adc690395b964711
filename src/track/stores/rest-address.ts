import { ValueError } from "../params.ts";

/** Where a tracking server is, and who asks; what is absent is taken from the environment, as MLflow's clients do. */
export interface RestOptions {
  /** `https://mlflow.example.org`, a path behind it where a proxy has one; else MLFLOW_TRACKING_URI. */
  readonly uri?: string;
  /** Sent as Bearer; else MLFLOW_TRACKING_TOKEN. */
  readonly token?: string;
  /** With `password`, goes before the token; else MLFLOW_TRACKING_USERNAME, or what the address has before its `@`. */
  readonly username?: string;
  readonly password?: string;
}

/** The address without its secrets, and the header that has them. */
export interface Address {
  /** Without a slash at its end. */
  readonly url: string;
  readonly authorization: string | null;
  readonly sends: "nothing" | "token" | "login";
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
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, "")}`, ...credentials(options, url, environment) };
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
