import type { Project } from "../store/index.ts";
import type { RunStore } from "../track/index.ts";
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
}

export type Handler = (call: Call, served: Served) => Promise<Answer>;

export interface Route {
  readonly method: "GET" | "POST" | "PUT";
  /** `/api/2.0/mlflow/runs/get`; with `/*` at its end: all paths below. */
  readonly path: string;
  readonly handle: Handler;
}

/** The route of a request: an exact path before a `/*`; null when there is none. */
export function findRoute(routes: readonly Route[], method: string, path: string): Route | null {
  const asked = method === "HEAD" ? "GET" : method;
  const fits = routes.filter((route) => route.method === asked);
  return (
    fits.find((route) => route.path === path) ??
    fits.find((route) => route.path.endsWith("/*") && path.startsWith(route.path.slice(0, -1))) ??
    null
  );
}
