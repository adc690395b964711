import { randomUUID } from "node:crypto";
import { StemmaError } from "../../error.ts";
import { addressOf, type ConnectionInfo } from "./connection-file.ts";
import {
  type Content,
  type Draft,
  type Header,
  type Message,
  newHeader,
  parseMessage,
  printMessage,
} from "./message.ts";

/** What we use of the package zeromq 6, which comes with tslab. */
export interface ZeroMq {
  readonly Router: new (options: SocketOptions) => Socket;
  readonly Reply: new (options: SocketOptions) => Socket;
  readonly XPublisher: new (options: PublisherOptions) => Publisher;
}

interface SocketOptions {
  /** Messages that may wait; 0 is no limit: a publisher drops what is over it. */
  readonly sendHighWaterMark: number;
  /** How long an unsent message may hold back the end of the process. */
  readonly linger: number;
}

interface PublisherOptions extends SocketOptions {
  readonly verbosity: "allSubs";
  /** Who subscribes gets messages from when we say so. */
  readonly manual: true;
}

interface Socket extends AsyncIterable<Uint8Array[]> {
  bind(address: string): Promise<void>;
  send(frames: readonly Uint8Array[]): Promise<void>;
  close(): void;
}

interface Publisher extends Socket {
  /** Of libzmq; only subscribers have methods of their own for the two that a manual publisher needs. */
  setStringOption(option: number, value: Uint8Array): void;
}

export type Channel = "shell" | "control" | "stdin";

/** A message and the channel it came on, which its reply goes back to. */
export interface Request extends Message {
  readonly channel: Channel;
}

/** A message for everybody who listens. */
export interface Publication {
  readonly type: string;
  /** As a value, or as its JSON text. */
  readonly content: Content | Uint8Array;
  /** The header of the request that the message belongs to; null at start. */
  readonly parent: Header | null;
  readonly metadata?: Content;
  readonly buffers?: readonly Uint8Array[];
}

/** The kernel's five sockets, bound. */
export interface Sockets {
  /** Sends on iopub. */
  publish(publication: Publication): void;
  reply(request: Request, type: string, content: Content | Uint8Array): void;
  /** Sends on stdin to the front end that a request came from. */
  ask(request: Request, type: string, content: Content): void;
  close(): void;
}

const options: SocketOptions = { sendHighWaterMark: 0, linger: 1000 };
/** ZMQ_SUBSCRIBE and ZMQ_UNSUBSCRIBE: for whose message was received last. */
const subscribe = 6;
const unsubscribe = 7;

/**
 * Binds the sockets and hands each request to `receive`. What is no message of ours is dropped and told to `warn`.
 */
export async function openSockets(
  zeromq: ZeroMq,
  info: ConnectionInfo,
  on: { readonly receive: (request: Request) => void; readonly warn: (text: string) => void },
): Promise<Sockets> {
  const session = randomUUID();
  const iopub = new zeromq.XPublisher({ ...options, verbosity: "allSubs", manual: true });
  const heartbeat = new zeromq.Reply(options);
  const routers = {
    shell: new zeromq.Router(options),
    control: new zeromq.Router(options),
    stdin: new zeromq.Router(options),
  };
  const posts = new Map([iopub, ...Object.values(routers)].map((socket) => [socket, outbox(socket, on.warn)] as const));
  const send = (socket: Socket, draft: Draft): void => posts.get(socket)?.(printMessage(draft, info.key));
  const draft = (type: string, content: Draft["content"], parent: Header | null): Omit<Draft, "idents"> => ({
    header: newHeader(type, session),
    parent: parent ?? {},
    metadata: {},
    content,
    buffers: [],
  });
  // 1 or 0, and the topic. The welcome is the first message that a client gets (messaging 5.4): were it let in by libzmq,
  // what is published before this is read would come first.
  const welcome = ([frame = new Uint8Array()]: readonly Uint8Array[]): void => {
    const topic = Buffer.from(frame.subarray(1));
    iopub.setStringOption(frame[0] === 1 ? subscribe : unsubscribe, topic);
    const content = { subscription: topic.toString() };
    if (frame[0] === 1) send(iopub, { idents: [topic], ...draft("iopub_welcome", content, null) });
  };
  listen(iopub, welcome, on.warn);
  listen(heartbeat, (frames) => void heartbeat.send(frames), on.warn);
  for (const channel of ["shell", "control", "stdin"] as const)
    listen(routers[channel], (frames) => on.receive({ ...parseMessage(frames, info.key), channel }), on.warn);
  await Promise.all([
    bind(iopub, addressOf(info, info.iopub_port)),
    bind(heartbeat, addressOf(info, info.hb_port)),
    bind(routers.shell, addressOf(info, info.shell_port)),
    bind(routers.control, addressOf(info, info.control_port)),
    bind(routers.stdin, addressOf(info, info.stdin_port)),
  ]);
  return {
    publish: ({ type, content, parent, metadata = {}, buffers = [] }) =>
      send(iopub, { ...draft(type, content, parent), idents: [Buffer.from(`kernel.${type}`)], metadata, buffers }),
    reply: (request, type, content) =>
      send(routers[request.channel], { idents: request.idents, ...draft(type, content, request.header) }),
    ask: (request, type, content) =>
      send(routers.stdin, { idents: request.idents, ...draft(type, content, request.header) }),
    close() {
      for (const socket of [iopub, heartbeat, ...Object.values(routers)]) socket.close();
    },
  };
}

async function bind(socket: Socket, address: string): Promise<void> {
  try {
    await socket.bind(address);
  } catch (cause) {
    const sentence = `The kernel cannot listen on ${address}, because ${cause}. Start it again: Jupyter chooses other ports.`;
    throw new StemmaError("KERNEL_ADDRESS", sentence, { cause });
  }
}

/**
 * Sends at once, also in the middle of a busy loop, and in the order of the calls.
 *
 * zeromq sends in the calling turn up to 512 times before it wants the event loop, and takes no second message while one
 * is under way: what it refuses waits here until that one is through.
 */
function outbox(socket: Socket, warn: (text: string) => void): (frames: readonly Uint8Array[]) => void {
  const waiting: (readonly Uint8Array[])[] = [];
  const isTaken = (frames: readonly Uint8Array[]): boolean => {
    try {
      socket.send(frames).then(drain, (error: unknown) => warn(`A message was not sent: ${error}`));
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EBUSY") return false;
      warn(`A message was not sent: ${error}`);
      return true;
    }
  };
  const drain = (): void => {
    for (let next = waiting[0]; next !== undefined && isTaken(next); next = waiting[0]) waiting.shift();
  };
  return (frames) => {
    if (waiting.length > 0 || !isTaken(frames)) waiting.push(frames);
  };
}

/** Hands on what a socket receives until it is closed. */
function listen(socket: Socket, receive: (frames: readonly Uint8Array[]) => void, warn: (text: string) => void): void {
  const loop = async (): Promise<void> => {
    for await (const frames of socket) {
      try {
        receive(frames);
      } catch (error) {
        warn(error instanceof Error ? error.message : String(error));
      }
    }
  };
  // The iteration ends with an error when the socket is closed.
  loop().catch(() => {});
}
