import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { loadZeroMq } from "../../src/kernel/peer-packages.ts";
import { openSockets, parseConnectionInfo, parseMessage, type Sockets } from "../../src/kernel/protocol/index.ts";

interface Subscriber {
  connect(address: string): void;
  subscribe(...topics: readonly string[]): void;
  unsubscribe(...topics: readonly string[]): void;
  receive(): Promise<Uint8Array[]>;
  close(): void;
}

const zeromq = loadZeroMq() as ReturnType<typeof loadZeroMq> & { readonly Subscriber: new () => Subscriber };
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { readonly port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

async function kernelSockets(): Promise<{ readonly sockets: Sockets; subscriber(...topics: string[]): Subscriber }> {
  const names = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"];
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()] as const)));
  const info = parseConnectionInfo(JSON.stringify(ports), "kernel.json");
  const sockets = await openSockets(zeromq, info, { receive() {}, warn: (text) => expect.unreachable(text) });
  opened.push(sockets);
  const subscriber = (...topics: string[]): Subscriber => {
    const socket = new zeromq.Subscriber();
    opened.push(socket);
    socket.connect(`tcp://127.0.0.1:${info.iopub_port}`);
    socket.subscribe(...topics);
    return socket;
  };
  return { sockets, subscriber };
}

/** Publishes without a turn of the event loop, as a kernel with much to do. */
function publishFor({ publish }: Sockets, ms: number): void {
  const end = performance.now() + ms;
  for (let next = performance.now(); performance.now() < end; ) {
    if (performance.now() < next) continue;
    next += 1;
    publish({ type: "status", content: { execution_state: "busy" }, parent: null });
  }
}

async function types(socket: Subscriber, count: number): Promise<readonly string[]> {
  const found: string[] = [];
  while (found.length < count) found.push(parseMessage(await socket.receive(), "").header.msg_type);
  return found;
}

describe("iopub", () => {
  it("welcomes each subscriber before anything else, also while much is published", async () => {
    const { sockets, subscriber } = await kernelSockets();
    const first = subscriber();
    publishFor(sockets, 200);
    expect(await types(first, 1)).toEqual(["iopub_welcome"]);
    const second = subscriber();
    publishFor(sockets, 200);
    expect(await types(second, 1)).toEqual(["iopub_welcome"]);
    sockets.publish({ type: "stream", content: { name: "stdout", text: "a" }, parent: null });
    expect(await types(second, 1)).toEqual(["stream"]);
  });

  it("is for each subscriber what its topics say, until it unsubscribes", async () => {
    const { sockets, subscriber } = await kernelSockets();
    const publish = (type: string): void => sockets.publish({ type, content: {}, parent: null });
    const streams = subscriber("kernel.stream");
    expect(await types(streams, 1)).toEqual(["iopub_welcome"]);
    for (const type of ["status", "stream"]) publish(type);
    expect(await types(streams, 1)).toEqual(["stream"]);
    streams.unsubscribe("kernel.stream");
    streams.subscribe("kernel.status");
    expect(await types(streams, 1)).toEqual(["iopub_welcome"]);
    for (const type of ["stream", "status"]) publish(type);
    expect(await types(streams, 1)).toEqual(["status"]);
  });
});
