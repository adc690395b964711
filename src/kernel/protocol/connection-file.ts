import { readFileSync } from "node:fs";
import { StemmaError } from "../../error.ts";

/** Where a kernel listens, as the connection file says; the keys are Jupyter's. */
export interface ConnectionInfo {
  readonly transport: string;
  readonly ip: string;
  readonly key: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
}

const ports = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;

/**
 * Reads the file that whoever starts a kernel wrote for it.
 *
 * @throws {StemmaError} it is missing, or no connection file
 */
export function readConnectionFile(path: string): ConnectionInfo {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new StemmaError(
      "CONNECTION_FILE",
      `There is no connection file at ${path}. Jupyter writes one for each kernel.`,
      {
        cause,
      },
    );
  }
  return parseConnectionInfo(text, path);
}

/** @throws {StemmaError} the text is no connection file; the sentence names the key */
export function parseConnectionInfo(text: string, path: string): ConnectionInfo {
  const value = parseJson(text, path);
  const info = value as Partial<ConnectionInfo>;
  for (const port of ports)
    if (!Number.isInteger(info[port])) throw new StemmaError("CONNECTION_FILE", `${path}: ${port} is no port number.`);
  const complete = info as ConnectionInfo;
  return { ...complete, transport: info.transport ?? "tcp", ip: info.ip ?? "127.0.0.1", key: info.key ?? "" };
}

function parseJson(text: string, path: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw new StemmaError("CONNECTION_FILE", `${path} is no JSON, so no connection file.`, { cause });
  }
  throw new StemmaError("CONNECTION_FILE", `${path} holds no object, so it is no connection file.`);
}

/** The address of one socket, as ZeroMQ writes it. */
export function addressOf(info: ConnectionInfo, port: number): string {
  return info.transport === "ipc" ? `ipc://${info.ip}-${port}` : `${info.transport}://${info.ip}:${port}`;
}
