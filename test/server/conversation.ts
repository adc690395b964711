/** What a server said to one request, with ids and times made equal. */
export interface Said {
  readonly status: number;
  readonly body: unknown;
}

export type Talk = Readonly<Record<string, Said>>;
export type Body = Readonly<Record<string, unknown>>;

/** A server that is spoken to over REST. */
export interface Peer {
  readonly url: string;
  readonly token: string | null;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of either server, looked into where the talk needs an id
export type Answer = any;

/** One conversation with a server: what was said so far, and the names of the ids that came up. */
export interface Conversation {
  readonly said: Record<string, Said>;
  readonly ids: Map<string, string>;
  /** Asks by GET, or by POST where there is a body, and keeps the answer under `name`. */
  ask(name: string, path: string, body?: Body): Promise<Answer>;
  /** Asks by another method: `by("delete it: DELETE /a/b")`. */
  by(request: string, body?: Body): Promise<Answer>;
  /** Keeps an answer once more, when the id in it has its name. */
  again(name: string, answer: Answer): void;
}

interface Asked {
  readonly method: string;
  readonly body: Body | undefined;
}

export function converse(peer: Peer): Conversation {
  const said: Record<string, Said> = {};
  const ids = new Map<string, string>();
  const keep = async (name: string, path: string, asked: Asked): Promise<Answer> => {
    const { status, answer } = await send(peer, path, asked);
    said[name] = { status, body: status === 200 ? normal(answer, ids) : answer.error_code };
    return answer;
  };
  return {
    said,
    ids,
    ask: (name, path, body) => keep(name, path, { method: body === undefined ? "GET" : "POST", body }),
    by: (request, body) => {
      const [, name = "", method = "", path = ""] = /^(.+): (\w+) (\S+)$/.exec(request) ?? [];
      return keep(name, path, { method, body });
    },
    again: (name, answer) => {
      said[name] = { status: 200, body: normal(answer, ids) };
    },
  };
}

async function send(peer: Peer, path: string, { method, body }: Asked): Promise<{ status: number; answer: Answer }> {
  const posted = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { "Content-Type": "application/json", ...authorization(peer) };
  const response = await fetch(peer.url + path, { method, ...posted, headers });
  const text = await response.text();
  // A path or method that MLflow does not know has a page for an answer.
  return { status: response.status, answer: text.startsWith("<") ? { error_code: "a page" } : JSON.parse(text) };
}

/** Uploads an artifact. */
export async function put(peer: Peer, path: string, body: string): Promise<void> {
  const response = await fetch(peer.url + path, { method: "PUT", body, headers: authorization(peer) });
  if (response.status !== 200) throw new Error(`PUT ${path} answered ${response.status}`);
}

function authorization({ token }: Peer): Readonly<Record<string, string>> {
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/** The same for both: ids by their names, times that a server took as 0, key-value lists by key. */
function normal(value: Answer, ids: ReadonlyMap<string, string>, field = ""): Answer {
  if (typeof value === "string") return withNames(value, ids, field);
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item, ids, field));
    // Files come in the order of the folder.
    if (field === "files") return items.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    return items.every((item) => typeof item === "object" && "key" in item) ? items.toSorted(byKeyAndStep) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, inner]) => [name, isTime(name) ? 0 : normal(inner, ids, name)]);
  return Object.fromEntries(fields);
}

/** Fields that hold the id of an experiment, which is a number: any other may hold the same number for its own. */
const withExperiment = /^(experiment_id|artifact_location|artifact_uri|root_uri)$/;

function withNames(text: string, ids: ReadonlyMap<string, string>, field: string): string {
  return [...ids].reduce((named, [id, name]) => {
    if (!/^\d+$/.test(id)) return named.replaceAll(id, name);
    if (!withExperiment.test(field)) return named;
    return named.replace(new RegExp(`^${id}$|(?<=^mlflow-artifacts:/)${id}(?=/|$)`), name);
  }, text);
}

const times = /^(creation|last_updated?)_(time|timestamp|timestamp_ms)$/;

function isTime(name: string): boolean {
  return times.test(name);
}

function byKeyAndStep(a: { key: string; step?: number }, b: { key: string; step?: number }): number {
  return a.key === b.key ? (a.step ?? 0) - (b.step ?? 0) : a.key < b.key ? -1 : 1;
}
