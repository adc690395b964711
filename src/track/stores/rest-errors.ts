import { StemmaError } from "../../error.ts";

/** No usable answer came: nobody listens, the network failed, or the server kept saying that it is busy. */
export class ServerDownError extends StemmaError {
  constructor(url: string, tried: string, options?: { readonly cause?: unknown }) {
    super(
      "SERVER_DOWN",
      `No good answer from the tracking server ${url} (${tried}). Is it up, and is MLFLOW_TRACKING_URI its address? Without one, runs are kept in the project.`,
      options,
    );
  }
}

/** Somebody answers, but there is no safe connection to them: that is to be decided, not waited for. */
export class ServerTrustError extends StemmaError {
  constructor(url: string, code: string, options?: { readonly cause?: unknown }) {
    const isPlain = /EPROTO|ERR_SSL/.test(code) && url.startsWith("https:");
    const way = isPlain
      ? `What listens there does not speak TLS as we do: is it ${url.replace("https:", "http:")}?`
      : "Its certificate is not trusted here: MLFLOW_TRACKING_SERVER_CERT_PATH names a file with its authority, NODE_EXTRA_CA_CERTS does so for all of Node.";
    super("SERVER_TRUST", `No safe connection to the tracking server ${url} (${code}). ${way}`, options);
  }
}

/** The server wants another token, another login, or more rights. */
export class ServerAuthError extends StemmaError {
  constructor(
    url: string,
    refusal: { readonly status: number; readonly sent: "nothing" | "token" | "login"; readonly said: string },
  ) {
    const { status, sent, said } = refusal;
    const what = { nothing: "requests without a token", token: "the token", login: "the user name and password" }[sent];
    const why = sent === "nothing" || status === 403 ? "" : "; wrong or expired";
    super(
      "SERVER_AUTH",
      `The tracking server ${url} refuses ${what} (${status}${said === "" ? "" : ` ${JSON.stringify(said)}`}${why}). Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and open it again.`,
    );
  }
}

/** Something answered, but not an MLflow server: a login page, a proxy's error page, nothing. */
export class ServerAnswerError extends StemmaError {
  constructor(url: string, answer: string, options?: { readonly cause?: unknown }) {
    super(
      "SERVER_ANSWER",
      `${url} ${answer}. An MLflow server answers JSON there: is MLFLOW_TRACKING_URI its address, and not that of a login page or a proxy in front of it?`,
      options,
    );
  }
}

/** The server understood and refused; `serverCode` is MLflow's error code. */
export class ServerRefusedError extends StemmaError {
  readonly serverCode: string;
  readonly status: number;

  constructor(url: string, refusal: { readonly code: string; readonly message: string; readonly status: number }) {
    const message = refusal.message === "" ? "it gives no reason" : refusal.message;
    super("SERVER_REFUSED", `The tracking server refused ${url} (${refusal.code}): ${message}`);
    this.serverCode = refusal.code;
    this.status = refusal.status;
  }
}

/**
 * Whether a failed request says something of the server, not of what was asked: what is still to be sent waits then, and
 * a push sends it later.
 */
export function isOfServer(thrown: unknown): boolean {
  return [ServerDownError, ServerTrustError, ServerAuthError, ServerAnswerError].some((type) => thrown instanceof type);
}
