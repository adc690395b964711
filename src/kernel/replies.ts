import type { Execution } from "./execution.ts";
import type { Executor } from "./language/index.ts";
import { type ConnectionInfo, type Content, historyReply, protocolVersion, type Request } from "./protocol/index.ts";
import { codePointOffset, unitOffset } from "./text-offsets.ts";

export interface ReplyParts {
  readonly executor: Executor;
  readonly execution: Execution;
  readonly connection: ConnectionInfo;
  /** The version of this package. */
  readonly version: string;
}

type Answer = (request: Request) => Content;

/** The requests that are answered at once, also while a cell runs. */
export function answers(parts: ReplyParts): Readonly<Record<string, Answer>> {
  const { executor, execution, connection } = parts;
  return {
    kernel_info_request: () => kernelInfo(parts),
    is_complete_request: ({ content }) => ({ ...executor.completeness(String(content["code"] ?? "")) }),
    complete_request: ({ content }) => complete(executor, content),
    inspect_request: ({ content }) => inspect(executor, content),
    history_request: ({ content }) => historyReply(execution.history, content),
    comm_info_request: () => ({ status: "ok", comms: {} }),
    connect_request: () => ({
      status: "ok",
      shell_port: connection.shell_port,
      iopub_port: connection.iopub_port,
      stdin_port: connection.stdin_port,
      hb_port: connection.hb_port,
      control_port: connection.control_port,
    }),
  };
}

function kernelInfo({ executor, version }: ReplyParts): Content {
  const typescript = executor.typescriptVersion;
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "stemma",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
      // JupyterLab takes the mode, the classic notebook the rest.
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
    },
    banner: `TypeScript ${typescript}, Node ${process.versions.node}, Stemma ${version}`,
    help_links: [{ text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/" }],
    supported_features: [],
    debugger: false,
  };
}

function complete(executor: Executor, content: Content): Content {
  const { code, position } = cursor(content);
  const { start, end, matches } = executor.complete(code, position);
  return {
    status: "ok",
    matches,
    cursor_start: codePointOffset(code, start),
    cursor_end: codePointOffset(code, end),
    metadata: {},
  };
}

function inspect(executor: Executor, content: Content): Content {
  const { code, position } = cursor(content);
  const text = executor.inspect(code, position);
  if (text === null) return { status: "ok", found: false, data: {}, metadata: {} };
  return { status: "ok", found: true, data: { "text/plain": text }, metadata: {} };
}

function cursor(content: Content): { readonly code: string; readonly position: number } {
  const code = String(content["code"] ?? "");
  const points = typeof content["cursor_pos"] === "number" ? content["cursor_pos"] : code.length;
  return { code, position: unitOffset(code, points) };
}
