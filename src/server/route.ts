import type { Project } from "../store/index.ts";
import type { LoggedModelStore, ModelStore, RunStore } from "../track/index.ts";
import type { Answer } from "./answer.ts";
import type { Call } from "./request.ts";

/** What the routes of one server share. */
export interface Served {
  /** The folder that is served, absolute and real. */
  readonly folder: string;
  /** The project that the folder is in; MLflow's routes speak of it. */
  readonly project: Project;
  /** The project's runs. */
  runs(): RunStore;
  /** The project's registry and logged models. */
  models(): ModelStore & LoggedModelStore;
}

export type Handler = (call: Call, served: Served) => Promise<Answer>;

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/api/2.0/mlflow/runs/get`; `:id` for one segment that `Call.parts` gets; with `/*` at its end: all paths below. */
  readonly path: string;
  readonly handle: Handler;
}

/** A route that fits a request, and the segments that its path leaves open. */
export interface FoundRoute {
  readonly route: Route;
  /** By the name behind `:`; what `/*` stands for is named `*`. */
  readonly parts: Readonly<Record<string, string>>;
}

/** The route of a request: an exact path before one with open segments before a `/*`; null when there is none. */
export function findRoute(routes: readonly Route[], method: string, path: string): FoundRoute | null {
  const asked = method === "HEAD" ? "GET" : method;
  const fits = routes.filter((route) => route.method === asked);
  const exact = fits.find((route) => route.path === path);
  if (exact !== undefined) return { route: exact, parts: {} };
  const found = fits.flatMap((route) => {
    const parts = partsOf(route.path, path);
    return parts === null ? [] : [{ route, parts }];
  });
  return found.find(({ route }) => !route.path.endsWith("/*")) ?? found[0] ?? null;
}

function partsOf(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  const isOpen = wanted.at(-1) === "*";
  if (isOpen ? given.length < wanted.length : given.length !== wanted.length) return null;
  const parts: Record<string, string> = {};
  for (const [at, name] of wanted.entries()) {
    const segment = given[at] ?? "";
    if (name === "*") parts["*"] = given.slice(at).join("/");
    else if (name.startsWith(":") && segment !== "") parts[name.slice(1)] = segment;
    else if (name !== segment) return null;
  }
  return parts;
}
