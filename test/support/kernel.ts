import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Content, type Message, newHeader, parseMessage, printMessage } from "../../src/kernel/protocol/index.ts";

/** One output as a notebook would keep it, and updates of it. */
export interface Output {
  readonly type: "stream" | "display_data" | "update_display_data" | "execute_result" | "error" | "execute_input";
  readonly content: Content;
}

/** How a cell ended. */
export interface CellResult {
  readonly status: "ok" | "error" | "aborted";
  readonly count: number | null;
  readonly outputs: readonly Output[];
  /** Standard output, the result's and the displays' text, in order. */
  readonly text: string;
  /** What the cell wrote to stderr; stock tslab tells errors there. */
  readonly stderr: string;
  readonly error: { readonly ename: string; readonly evalue: string; readonly traceback: readonly string[] } | null;
  /** Outputs that came under this cell after it ended; grows. */
  readonly late: readonly Output[];
}

export interface RunOptions {
  readonly cellId?: string;
  readonly content?: Content;
  /** Nothing: the user does not answer. */
  readonly answer?: (question: Content) => string | undefined;
}

export interface Kernel {
  /** Runs one cell; `cellId` is sent as front ends do, `answer` gives what the user types. */
  run(source: string, options?: RunOptions): Promise<CellResult>;
  /** Sends a request on the shell channel, or on control, and gives the content of its reply. */
  ask(type: string, content: Content, channel?: "shell" | "control"): Promise<Content>;
  /** Sends what has no reply (a comm message), and gives all that came until the kernel was idle again. */
  tell(type: string, content: Content, buffers?: readonly Uint8Array[]): Promise<readonly Message[]>;
  /** The stop button: SIGINT, as jupyter_client sends it. */
  interrupt(): void;
  /** Ends when an output of the given cell, or of any, matches. */
  until(matches: (output: Output) => boolean): Promise<Output>;
  /** Asks the kernel to shut down; gives its exit code, or null when it had to be killed. */
  stop(): Promise<number | null>;
  readonly process: ChildProcess;
  /** What the kernel wrote to its own stdout and stderr, outside of cells. */
  readonly log: () => string;
}

export interface KernelOptions {
  readonly kind: "stemma" | "tslab" | "deno";
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Of Node, for stock tslab: `--stack-size=3900`, as our kernelspec has it. */
  readonly flags?: readonly string[];
}

const root = new URL("../..", import.meta.url).pathname;
const node = join(root, "node_modules", ".bin", "node");
const ports = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;

interface Socket extends AsyncIterable<Uint8Array[]> {
  connect(address: string): void;
  send(frames: readonly Uint8Array[]): Promise<void>;
  close(): void;
  subscribe(topic?: string): void;
}

type ZeroMqClient = { readonly Dealer: new (o: object) => Socket; readonly Subscriber: new (o: object) => Socket };

/** Starts our kernel (from dist: build first), stock tslab or Deno's, over real sockets, ready for cells. */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  const folder = mkdtempSync(join(tmpdir(), "stemma-kernel-"));
  const key = randomUUID();
  const free = await freePorts(ports.length);
  const numbers = Object.fromEntries(ports.map((port, index) => [port, free[index]])) as Record<
    (typeof ports)[number],
    number
  >;
  const connection = { transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256", ...numbers };
  const file = join(folder, `kernel-${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(connection));
  const [program = node, ...args] = kernelCommand(options.kind, file, options.flags);
  const child = spawn(program, args, {
    cwd: options.cwd,
    // The history of cells goes into a folder of the test's.
    env: { ...process.env, XDG_STATE_HOME: folder, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const client = new Client(child, { ...numbers, key });
  child.once("exit", () => {
    client.ended();
    rmSync(folder, { recursive: true, force: true });
  });
  await client.ready();
  return client;
}

/** The command that starts a kernel with a connection file. */
export function kernelCommand(kind: KernelOptions["kind"], file: string, flags: readonly string[] = []): string[] {
  if (kind === "tslab")
    return [node, ...flags, join(root, "node_modules", "tslab", "bin", "tslab"), "kernel", "--config-path", file];
  // The program itself: what npm puts before it would not pass on a signal.
  if (kind === "deno") return [denoProgram(), "jupyter", "--kernel", "--conn", file];
  const own = ["--disable-warning=ExperimentalWarning", "--stack-size=3900"];
  return [node, ...own, join(root, "dist", "kernel", "main.js"), "--connection-file", file];
}

function denoProgram(): string {
  const libc = process.platform === "linux" ? "-glibc" : "";
  return join(root, "node_modules", "@deno", `${process.platform}-${process.arch}${libc}`, "deno");
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      return server;
    }),
  );
  const found = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return found;
}

interface Pending {
  readonly messages: Message[];
  readonly answer: RunOptions["answer"];
  readonly outputs: Output[];
  readonly late: Output[];
  idle: boolean;
  reply: Content | null;
  readonly done: (reply: Content) => void;
  readonly fail: (error: Error) => void;
}

interface SendOptions {
  readonly metadata?: Content;
  readonly buffers?: readonly Uint8Array[];
  readonly channel?: "shell" | "control";
  readonly answer?: RunOptions["answer"];
}

class Client implements Kernel {
  readonly process: ChildProcess;
  readonly #key: string;
  readonly #session = randomUUID();
  readonly #shell: Socket;
  readonly #iopub: Socket;
  readonly #control: Socket;
  readonly #stdin: Socket;
  readonly #pending = new Map<string, Pending>();
  readonly #watchers = new Set<{ matches: (output: Output) => boolean; found: (output: Output) => void }>();
  #log = "";

  constructor(child: ChildProcess, at: Readonly<Record<(typeof ports)[number], number>> & { readonly key: string }) {
    this.process = child;
    this.#key = at.key;
    const tslab = createRequire(import.meta.url).resolve("tslab/package.json");
    const zeromq = createRequire(tslab)("zeromq") as ZeroMqClient;
    // One name on all: a kernel asks on stdin whoever sent the request on shell.
    const dealer = (): Socket => new zeromq.Dealer({ linger: 0, routingId: this.#session });
    this.#shell = dealer();
    this.#control = dealer();
    this.#stdin = dealer();
    this.#iopub = new zeromq.Subscriber({ linger: 0 });
    this.#shell.connect(`tcp://127.0.0.1:${at.shell_port}`);
    this.#control.connect(`tcp://127.0.0.1:${at.control_port}`);
    this.#stdin.connect(`tcp://127.0.0.1:${at.stdin_port}`);
    this.#iopub.connect(`tcp://127.0.0.1:${at.iopub_port}`);
    this.#iopub.subscribe();
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (this.#log += String(text)));
    this.#listen(this.#shell, (message) => this.#onReply(message));
    this.#listen(this.#control, (message) => this.#onReply(message));
    this.#listen(this.#stdin, (message) => this.#onQuestion(message));
    this.#listen(this.#iopub, (message) => this.#onOutput(message));
  }

  log = (): string => this.#log;

  /** The kernel answers, and what it publishes arrives: subscribing takes a moment that nothing announces. */
  async ready(): Promise<void> {
    for (;;) {
      const request = this.#send("kernel_info_request", {});
      await request.reply;
      const deadline = new Promise<boolean>((late) => setTimeout(() => late(false), 100));
      if (await Promise.race([request.idle.then(() => true), deadline])) return;
    }
  }

  async run(source: string, options: RunOptions = {}): Promise<CellResult> {
    const content = { code: source, silent: false, store_history: true, user_expressions: {} };
    const allow_stdin = options.answer !== undefined;
    const metadata = options.cellId === undefined ? {} : { cellId: options.cellId };
    const request = this.#send(
      "execute_request",
      { ...content, allow_stdin, stop_on_error: true, ...options.content },
      { metadata, answer: options.answer },
    );
    const reply = await request.reply;
    await request.idle;
    return resultOf(reply, request.pending);
  }

  async ask(type: string, content: Content, channel: "shell" | "control" = "shell"): Promise<Content> {
    const request = this.#send(type, content, { channel });
    const reply = await request.reply;
    await request.idle;
    return reply;
  }

  async tell(type: string, content: Content, buffers: readonly Uint8Array[] = []): Promise<readonly Message[]> {
    const request = this.#send(type, content, { buffers });
    await request.idle;
    return request.pending.messages;
  }

  interrupt(): void {
    this.process.kill("SIGINT");
  }

  until(matches: (output: Output) => boolean): Promise<Output> {
    for (const { outputs, late } of this.#pending.values()) {
      const found = [...outputs, ...late].find(matches);
      if (found !== undefined) return Promise.resolve(found);
    }
    return new Promise((found) => this.#watchers.add({ matches, found }));
  }

  async stop(): Promise<number | null> {
    if (this.process.exitCode !== null) return this.process.exitCode;
    const exited = new Promise<number | null>((resolve) => this.process.once("exit", resolve));
    this.#send("shutdown_request", { restart: false }).reply.catch(() => {});
    const killer = setTimeout(() => this.process.kill("SIGKILL"), 8000);
    const code = await exited;
    clearTimeout(killer);
    return code;
  }

  ended(): void {
    for (const pending of this.#pending.values())
      pending.fail(new Error(`The kernel ended (${this.process.exitCode ?? this.process.signalCode}): ${this.#log}`));
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub]) socket.close();
  }

  #send(type: string, content: Content, options: SendOptions = {}) {
    const header = newHeader(type, this.#session);
    const reply = Promise.withResolvers<Content>();
    const idle = Promise.withResolvers<void>();
    const pending: Pending = {
      messages: [],
      answer: options.answer,
      outputs: [],
      late: [],
      reply: null,
      get idle() {
        return isIdle;
      },
      set idle(value) {
        isIdle = value;
        idle.resolve();
      },
      done: reply.resolve,
      fail(error) {
        reply.reject(error);
        idle.reject(error);
      },
    };
    let isIdle = false;
    // Whoever sent it may have stopped waiting when the kernel ends.
    reply.promise.catch(() => {});
    idle.promise.catch(() => {});
    this.#pending.set(header.msg_id, pending);
    const { metadata = {}, buffers = [], channel } = options;
    const message: Message = { idents: [], header, parent: {}, metadata, content, buffers };
    const socket = channel === "control" ? this.#control : this.#shell;
    socket.send(printMessage(message, this.#key)).catch(reply.reject);
    return { reply: reply.promise, idle: idle.promise, pending };
  }

  #onReply(message: Message): void {
    const pending = this.#pending.get(parentId(message));
    if (pending === undefined) return;
    pending.reply = message.content;
    pending.done(message.content);
  }

  #onQuestion(message: Message): void {
    const value = this.#pending.get(parentId(message))?.answer?.(message.content);
    if (value === undefined) return;
    const header = newHeader("input_reply", this.#session);
    const reply: Message = { ...message, idents: [], header, content: { value }, buffers: [] };
    this.#stdin.send(printMessage(reply, this.#key)).catch(() => {});
  }

  #onOutput(message: Message): void {
    const pending = this.#pending.get(parentId(message));
    if (pending === undefined) return;
    pending.messages.push(message);
    const type = message.header.msg_type;
    if (type === "status") {
      if (message.content["execution_state"] === "idle") pending.idle = true;
      return;
    }
    const output = { type, content: message.content } as Output;
    (pending.idle ? pending.late : pending.outputs).push(output);
    for (const watcher of this.#watchers)
      if (watcher.matches(output)) {
        this.#watchers.delete(watcher);
        watcher.found(output);
      }
  }

  #listen(socket: Socket, receive: (message: Message) => void): void {
    const loop = async (): Promise<void> => {
      for await (const frames of socket) receive(parseMessage(frames, this.#key));
    };
    loop().catch(() => {});
  }
}

function parentId(message: Message): string {
  return String(message.parent["msg_id"] ?? "");
}

function resultOf(reply: Content, pending: Pending): CellResult {
  const { outputs, late } = pending;
  const error = outputs.find((output) => output.type === "error")?.content ?? null;
  const count = typeof reply["execution_count"] === "number" ? reply["execution_count"] : null;
  return {
    status: reply["status"] === "abort" ? "aborted" : (reply["status"] as CellResult["status"]),
    count,
    outputs: outputs.filter((output) => output.type !== "execute_input"),
    text: outputs.map(textOf).join(""),
    stderr: outputs.map((output) => streamText(output, "stderr")).join(""),
    error: error as CellResult["error"],
    late,
  };
}

function textOf(output: Output): string {
  if (output.type === "stream") return streamText(output, "stdout");
  const data = output.content["data"] as Content | undefined;
  return typeof data?.["text/plain"] === "string" ? data["text/plain"] : "";
}

function streamText({ type, content }: Output, name: string): string {
  return type === "stream" && content["name"] === name ? String(content["text"]) : "";
}
