import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { MlflowError } from "../format/index.ts";

/** Who may speak to the server. */
export interface Guard {
  /** The secret that each request must carry as `Authorization: Bearer …`; null for none. */
  readonly token: string | null;
  /** The names that `Host` may have, without port; null for any: a unix socket behind a proxy, or a public address (with a token). */
  readonly hosts: readonly string[] | null;
}

/** Whether an address is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Lets a request pass or says why not: a web page that resolves to us (Host), a page of another origin that writes
 * (Origin: jupyter-server-proxy leaves its cross-site check to us), a caller without the token.
 *
 * @throws {MlflowError} the request may not pass
 */
export function checkRequest(method: string, headers: IncomingHttpHeaders, guard: Guard): void {
  const host = headers.host ?? "";
  if (guard.hosts !== null && !guard.hosts.includes(hostName(host))) {
    throw new MlflowError("PERMISSION_DENIED", `The Host '${host}' is not this server. Use ${guard.hosts[0]}.`);
  }
  const origin = headers.origin;
  if (origin !== undefined && method !== "GET" && method !== "HEAD" && !isSameOrigin(origin, host)) {
    throw new MlflowError("PERMISSION_DENIED", `Cross-origin request blocked: the page is of '${origin}'.`);
  }
  if (guard.token !== null && !carriesToken(headers.authorization, guard.token)) {
    throw new MlflowError(
      "UNAUTHENTICATED",
      "The request has no valid token. Set MLFLOW_TRACKING_TOKEN to the one that `stemma serve` printed.",
    );
  }
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

// A proxy that ends TLS changes the scheme, so the host with its port is what is compared; "null" is a sandboxed page.
function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function carriesToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
