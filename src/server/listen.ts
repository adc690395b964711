import { lstat, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { connect } from "node:net";
import { isMainThread } from "node:worker_threads";
import { listenError, ServeError } from "./serve-error.ts";

/**
 * Opens a TCP port.
 *
 * @returns the server's URL
 * @throws {ServeError} the port is busy, not allowed, or the address is not this machine's
 */
export async function listenTcp(server: Server, host: string, port: number): Promise<string> {
  try {
    await started(server, () => server.listen(port, host));
  } catch (cause) {
    throw listenError(cause as NodeJS.ErrnoException, `Port ${port} on ${host}`);
  }
  const address = server.address();
  const opened = typeof address === "object" && address !== null ? address.port : port;
  return `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${opened}`;
}

/**
 * Opens a unix socket that only this user may use. One that a killed server left is replaced.
 *
 * @throws {ServeError} another server answers at the path, or it cannot be made
 */
export async function listenUnix(server: Server, path: string): Promise<string> {
  const place = `The socket ${path}`;
  try {
    await started(server, () => asPrivate(() => server.listen(path)));
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException;
    if (error.code !== "EADDRINUSE") throw listenError(error, place);
    if (!(await lstat(path)).isSocket()) {
      throw new ServeError("SOCKET_BUSY", `${path} is a file and no socket. Choose another with --unix-socket.`, {
        cause,
      });
    }
    if (await answers(path)) {
      throw new ServeError("SOCKET_BUSY", `${place} has a server already. Choose another with --unix-socket.`, {
        cause,
      });
    }
    await rm(path);
    await started(server, () => asPrivate(() => server.listen(path))).catch((again) => {
      throw listenError(again, place);
    });
  }
  return `unix:${path}`;
}

// Mode 0600 from the first moment: a chmod after it would leave a gap. Threads cannot set the mask.
function asPrivate(open: () => void): void {
  const before = isMainThread ? process.umask(0o177) : null;
  try {
    open();
  } finally {
    if (before !== null) process.umask(before);
  }
}

function started(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => () => {
      server.off("error", failed).off("listening", listening);
      done();
    };
    const listening = settle(resolve);
    const failed = (error: Error): void => settle(() => reject(error))();
    server.once("error", failed).once("listening", listening);
    listen();
  });
}

// A socket file without a server refuses.
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe
      .once("connect", () => resolve(true))
      .once("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code !== "ECONNREFUSED");
      });
    probe.once("close", () => probe.destroy());
    probe.once("connect", () => probe.end());
  });
}
