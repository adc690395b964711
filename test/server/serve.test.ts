import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { serve } from "../../src/server/index.ts";
import { emptyFolder, startServer } from "./client.ts";

describe("the server", () => {
  it("answers OK at /health, without a token", async () => {
    const server = await startServer();
    const reply = await server.send("GET", "/health", { headers: { authorization: "" } });
    expect([reply.status, reply.text]).toEqual([200, "OK"]);
  });

  it("has a token by default and answers 401 without it", async () => {
    const server = await startServer();
    expect(server.token).toMatch(/^[\w-]{32}$/);
    const refused = await server.send("GET", "/version", { headers: { authorization: "Bearer nope" } });
    expect([refused.status, refused.json.error_code]).toEqual([401, "UNAUTHENTICATED"]);
    expect((await server.get("/version")).text).toBe("3.17.2");
  });

  it("makes nothing in the folder by being started or asked for its version", async () => {
    const server = await startServer();
    await server.get("/api/3.0/mlflow/server-info");
    await server.get("/panel/experiments");
    expect(statSync(join(server.folder, "stemma"), { throwIfNoEntry: false })).toBeUndefined();
  });

  it.each([
    ["GET", "/"],
    ["POST", "/api/3.0/mlflow/traces/search"],
    ["GET", "/api/2.0/mlflow/gateway/secrets/list"],
    ["DELETE", "/api/2.0/mlflow/runs/get"],
    ["GET", "/api/2.0/mlflow/runs/get/"],
  ])("answers %s %s with ENDPOINT_NOT_FOUND as JSON", async (method, path) => {
    const server = await startServer();
    const reply = await server.send(method, path);
    expect([reply.status, reply.json]).toEqual([
      404,
      { error_code: "ENDPOINT_NOT_FOUND", message: `No API found for '${method} ${path}'` },
    ]);
  });

  it.each([
    ["text/plain", "{}", "Content-Type must be one of ['application/json']"],
    ["application/json", "{", "The body is no JSON"],
    ["application/json", "[]", "want an object"],
    ["application/json; charset=utf-8", "{}", "Missing value for required parameter 'name'."],
  ])("answers %s %s with a sentence", async (type, body, message) => {
    const server = await startServer();
    const reply = await server.send("POST", "/api/2.0/mlflow/experiments/create", {
      headers: { "content-type": type },
      body,
    });
    expect(reply.status).toBe(400);
    expect(reply.json.message).toContain(message);
  });

  it("takes no JSON body over 32 MiB", async () => {
    const server = await startServer();
    const reply = await server.post("experiments/create", { name: "x".repeat(33 * 1024 * 1024) });
    expect([reply.status, reply.json.error_code]).toEqual([413, "REQUEST_LIMIT_EXCEEDED"]);
  });

  it("says what to do when the port is busy", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(serve({ folder: emptyFolder(), port })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use. Choose another port with --port, or --port 0 for a free one.`,
    );
  });

  it.each(["0.0.0.0", "::", "192.168.1.5"])("refuses to go without a token on %s", async (host) => {
    await expect(serve({ folder: emptyFolder(), port: 0, host, auth: false })).rejects.toMatchObject({
      code: "NO_AUTH_REFUSED",
    });
  });

  it("says which address this machine does not have", async () => {
    await expect(serve({ folder: emptyFolder(), port: 0, host: "192.0.2.1" })).rejects.toThrow(
      "this machine has no such address",
    );
  });

  it("says when the folder is a file or not there", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "file"), "");
    await expect(serve({ folder: join(folder, "file") })).rejects.toThrow(`There is no folder ${join(folder, "file")}`);
    await expect(serve({ folder: join(folder, "none") })).rejects.toMatchObject({ code: "NO_SUCH_FOLDER" });
  });

  it("turns away a Host that is not this machine, as a rebound name has", async () => {
    const server = await startServer({ auth: false });
    const reply = await server.send("GET", "/version", { headers: { host: "evil.example:5000" } });
    expect([reply.status, reply.json.error_code]).toEqual([403, "PERMISSION_DENIED"]);
  });

  it("turns away a page of another origin that writes", async () => {
    const server = await startServer({ auth: false });
    const headers = { origin: "https://evil.example", "content-type": "application/json" };
    const reply = await server.send("POST", "/api/2.0/mlflow/experiments/create", { headers, body: '{"name":"x"}' });
    expect(reply.status).toBe(403);
  });

  it("ends with a request that hangs still open", async () => {
    const server = await serve({ folder: emptyFolder(), port: 0, auth: false });
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
    socket.write("Content-Length: 9\r\n\r\n");
    await new Promise((resolve) => socket.once("connect", resolve));
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });
});

describe("a unix socket", () => {
  it("is for this user alone, and any Host may come through it", async () => {
    const unixSocket = join(emptyFolder(), "s");
    const server = await startServer({ unixSocket, auth: false });
    expect(server.url).toBe(`unix:${unixSocket}`);
    expect(statSync(unixSocket).mode & 0o777).toBe(0o600);
    const reply = await server.send("GET", "/version", { headers: { host: "hub.example" } });
    expect(reply.status).toBe(200);
  });

  it("that another server answers at is left alone", async () => {
    const unixSocket = join(emptyFolder(), "s");
    await startServer({ unixSocket, auth: false });
    await expect(serve({ folder: emptyFolder(), unixSocket, auth: false })).rejects.toThrow(
      `The socket ${unixSocket} has a server already. Choose another with --unix-socket.`,
    );
  });

  it("that a killed server left behind is replaced", async () => {
    const unixSocket = join(emptyFolder(), "s");
    const script = `require("net").createServer().listen(${JSON.stringify(unixSocket)}, () => console.log("up"))`;
    const killed = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(statSync(unixSocket).isSocket()).toBe(true);
    const server = await startServer({ unixSocket, auth: false });
    expect((await server.get("/health")).text).toBe("OK");
  });

  it("never replaces a file of somebody else", async () => {
    const folder = emptyFolder();
    const unixSocket = join(folder, "notes.txt");
    writeFileSync(unixSocket, "mine");
    await expect(serve({ folder, unixSocket, auth: false })).rejects.toThrow(`${unixSocket} is a file and no socket.`);
    expect(statSync(unixSocket).size).toBe(4);
  });
});
