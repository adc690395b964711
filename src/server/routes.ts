import { MlflowError } from "../format/index.ts";
import { json, text } from "./answer.ts";
import { artifactRoutes, getArtifactRoutes, proxyRoutes } from "./mlflow-artifacts.ts";
import { experimentRoutes } from "./mlflow-experiments.ts";
import { metricRoutes } from "./mlflow-metrics.ts";
import { modelRoutes } from "./mlflow-models.ts";
import { registryRoutes } from "./mlflow-registry.ts";
import { runRoutes } from "./mlflow-runs.ts";
import { panelRoutes } from "./panel.ts";
import { dataRoutes } from "./panel-data.ts";
import { flowRoutes } from "./panel-flows.ts";
import { modelsRoutes } from "./panel-models.ts";
import type { Handler, Route } from "./route.ts";

/** The release of MLflow whose API we follow; clients ask for it at `/version`. */
const mlflowVersion = "3.17.2";

/** The one path that is answered without a token: it tells nothing but that we are here. */
export const healthPath = "/health";

const serverInfo: Handler = async () => json({ store_type: "StemmaStore", workspaces_enabled: false });

// Each of MLflow's routes stands under both, `ajax-api` for its own pages.
const mlflowRoutes = [
  ...experimentRoutes,
  ...runRoutes,
  ...metricRoutes,
  ...artifactRoutes,
  ...registryRoutes,
  ...modelRoutes,
].flatMap((route) =>
  ["/api/2.0/mlflow/", "/ajax-api/2.0/mlflow/"].map((base) => ({ ...route, path: base + route.path })),
);

/** All that the server answers. */
export const routes: readonly Route[] = [
  { method: "GET", path: healthPath, handle: async () => text("OK") },
  { method: "GET", path: "/version", handle: async () => text(mlflowVersion) },
  { method: "GET", path: "/api/3.0/mlflow/server-info", handle: serverInfo },
  { method: "GET", path: "/ajax-api/3.0/mlflow/server-info", handle: serverInfo },
  ...mlflowRoutes,
  ...getArtifactRoutes,
  ...proxyRoutes,
  ...panelRoutes,
  ...flowRoutes,
  ...dataRoutes,
  ...modelsRoutes,
];

/** What a path outside {@link routes} gets. */
export function noRoute(method: string, path: string): MlflowError {
  return new MlflowError("ENDPOINT_NOT_FOUND", `No API found for '${method} ${path}'`);
}
