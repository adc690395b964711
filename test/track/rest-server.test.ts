import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { errorFacts } from "../../src/error.ts";
import { openRestRuns, type RestOptions, type RestRuns } from "../../src/track/index.ts";

/** A server in front of which things go wrong: what it answers, one after the other, the last one for ever. */
type Reply = (message: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

interface Asked {
  readonly store: RestRuns;
  readonly url: string;
  /** "GET /path", in order. */
  readonly requests: readonly string[];
  readonly headers: readonly IncomingMessage["headers"][];
  /** What the client waited, in ms. */
  readonly waits: readonly number[];
}

async function asked(replies: readonly Reply[], options: RestOptions = {}): Promise<Asked> {
  const requests: string[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const waits: number[] = [];
  const server = createServer((message, response) => {
    requests.push(`${message.method} ${message.url?.split("?")[0]}`);
    headers.push(message.headers);
    message.resume();
    replies[Math.min(requests.length, replies.length) - 1]?.(message, response);
  });
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const machine = {
    pause: async (ms: number): Promise<void> => void waits.push(ms),
    random: (): number => 0,
  };
  return { store: openRestRuns({ uri: url, ...options }, machine), url, requests, headers, waits };
}

const status =
  (code: number, body = "", headers: Readonly<Record<string, string>> = {}): Reply =>
  (_, response) =>
    void response.writeHead(code, headers).end(body);
const json = (body: unknown, code = 200): Reply => status(code, JSON.stringify(body));
const cut: Reply = (message) => void message.socket.destroy();
const half: Reply = (_, response) => {
  response.writeHead(200, { "content-length": "100" });
  response.write("{", () => response.destroy());
};

const id = "0".repeat(32);
const found = json({ run: { info: { run_id: id, experiment_id: "1", lifecycle_stage: "active" } } });
const experiment = json({ experiment: { experiment_id: "1", name: "seir" } });
const newRun = { experimentId: "1", name: "", user: "ada", startMs: 0, parentId: null, tags: {} };

async function failure(action: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  return errorFacts(
    await action.then(
      () => new Error("it went well"),
      (thrown: unknown) => thrown,
    ),
  );
}

describe("a tracking server that is busy", () => {
  it.each([408, 429, 500, 502, 503, 504])("with %i is asked again, each time later", async (code) => {
    const { store, waits } = await asked([status(code), status(code), status(code), found, experiment]);
    expect(await store.run(id)).toMatchObject({ id, experiment: "seir" });
    expect(waits).toEqual([500, 1000, 2000]);
  });

  it("is asked again when it says that it likes", async () => {
    const late = new Date(Date.now() + 30_000).toUTCString();
    const { store, waits } = await asked([
      status(429, "", { "retry-after": "7" }),
      status(503, "", { "retry-after": late }),
      found,
      experiment,
    ]);
    await store.run(id);
    expect(waits[0]).toBe(7000);
    expect(waits[1]).toBeGreaterThan(20_000);
    expect(waits[1]).toBeLessThanOrEqual(30_000);
  });

  it("for too long is told of", async () => {
    const { store, requests } = await asked([status(429, "", { "retry-after": "3600" })]);
    expect(await failure(store.run(id))).toMatchObject({
      code: "SERVER_DOWN",
      message: expect.stringContaining("(429, wants us to wait 3600 s, tried once)"),
    });
    expect(requests).toHaveLength(1);
  });

  it("or breaks off in the middle, five times, is told of", async () => {
    const { store, requests } = await asked([cut, half, half, cut]);
    expect(await failure(store.run(id))).toMatchObject({
      code: "SERVER_DOWN",
      message: expect.stringMatching(/\(\w+, tried 5 times\)\. Is it up, and is MLFLOW_TRACKING_URI/),
    });
    expect(requests).toHaveLength(5);
  });

  it("says its own reason when it gave one", async () => {
    const { store } = await asked([json({ error_code: "INTERNAL_ERROR", message: "database is locked" }, 500)]);
    expect((await failure(store.run(id))).message).toContain('(500 "database is locked", tried 5 times)');
  });

  it("makes no run twice: it is asked again only when it surely made none", async () => {
    const broken = await asked([cut, found, experiment]);
    expect(await failure(broken.store.createRun(newRun))).toMatchObject({ code: "SERVER_DOWN" });
    expect(broken.requests).toHaveLength(1);
    const failed = await asked([status(500), found, experiment]);
    expect(await failure(failed.store.createRun(newRun))).toMatchObject({ code: "SERVER_DOWN" });
    expect(failed.requests).toHaveLength(1);
    const busy = await asked([status(429), status(503), found, experiment]);
    expect(await busy.store.createRun(newRun)).toMatchObject({ id });
  });

  it("that is not there is named", async () => {
    const { store, url, waits } = await asked([]);
    for (const server of servers.splice(0)) server.close();
    expect(await failure(store.run(id))).toMatchObject({
      code: "SERVER_DOWN",
      message: expect.stringContaining(`${url} (ECONNREFUSED, tried 5 times)`),
    });
    expect(waits).toHaveLength(4);
  });
});

describe("what is no MLflow server", () => {
  it.each<readonly [string, Reply, string]>([
    ["a login page", status(200, "<html>\n  <title>Sign in</title>"), 'answered "<html> <title>Sign in</title>"'],
    ["nothing", status(200), "answered nothing"],
    ["other JSON", json({ hello: 1 }), "Missing value for required parameter 'run'"],
    ["a page that is not found", status(404, "<h1>Not Found</h1>"), 'answered 404 and "<h1>Not Found</h1>"'],
    ["a way elsewhere", status(302, "", { location: "https://sso/login" }), "sends us on to https://sso/login (302)"],
  ])("is told by its answer: %s", async (_, reply, words) => {
    const { store, requests } = await asked([reply]);
    const { code, message } = await failure(store.run(id));
    expect(code).toBe("SERVER_ANSWER");
    expect(message).toContain(words);
    expect(message).toContain("is MLFLOW_TRACKING_URI its address");
    expect(requests).toHaveLength(1);
  });

  it("does not swallow an artifact", async () => {
    const root = json({ run: { info: { run_id: id, experiment_id: "1", artifact_uri: "mlflow-artifacts:/1/a" } } });
    const { store } = await asked([root, status(200, "<html>", { "content-type": "text/html" })]);
    expect(await failure(store.writeArtifact(id, "a.txt", Buffer.from("a")))).toMatchObject({ code: "SERVER_ANSWER" });
  });
});

describe("a secret", () => {
  it.each<readonly [string, RestOptions, string | undefined]>([
    ["a token goes as Bearer", { token: "s3cret" }, "Bearer s3cret"],
    ["a login goes as Basic", { username: "ada", password: "s3cret", token: "t" }, "Basic YWRhOnMzY3JldA=="],
    ["none goes as none", {}, undefined],
  ])("%s", async (_, options, header) => {
    const { store, headers } = await asked([found, experiment], options);
    await store.run(id);
    expect(headers.map(({ authorization }) => authorization)).toEqual([header, header]);
  });

  it("of the address goes as a login and is not shown", async () => {
    const { url, headers } = await asked([found, experiment]);
    const store = openRestRuns({ uri: url.replace("//", "//ada:s3cret@") });
    await store.run(id);
    expect(headers[0]?.authorization).toBe("Basic YWRhOnMzY3JldA==");
    expect(store.url).toBe(url);
  });

  it("that has expired is said to have, and is not shown", async () => {
    const { store, requests } = await asked([status(401)], { token: "s3cret" });
    const { code, message } = await failure(store.setTags(id, { a: "b" }));
    expect(code).toBe("SERVER_AUTH");
    expect(message).toContain("refuses the token (401; wrong or expired). Set MLFLOW_TRACKING_TOKEN");
    expect(message).not.toContain("s3cret");
    expect(requests).toHaveLength(1);
  });
});

describe("an address", () => {
  it.each([
    ["sqlite:///mlflow.db", '"sqlite:///mlflow.db"; an http or https one'],
    ["localhost:5000", '"localhost:5000"'],
    ["ftp://ada:s3cret@host", '"ftp://host"'],
  ])("that is not of a server is refused: %s", (uri, words) => expect(() => openRestRuns({ uri })).toThrow(words));
});

describe("artifacts", () => {
  it.each(["s3://bucket/1/a", "file:///etc", "mlflow-artifacts://elsewhere/1/a", "/home/ada", ""])(
    "at %s are not reached for",
    async (uri) => {
      const root = json({ run: { info: { run_id: id, experiment_id: "1", artifact_uri: uri } } });
      const { store } = await asked([root]);
      expect(await failure(store.writeArtifact(id, "a.txt", Buffer.from("a")))).toMatchObject({
        code: "ARTIFACT_ROOT",
        message: expect.stringContaining(JSON.stringify(uri)),
      });
    },
  );
});
