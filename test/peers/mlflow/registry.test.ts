import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { openRestModels, openRestRuns } from "../../../src/track/index.ts";
import { modelConformance, type OpenStore } from "../../conformance/model-store.ts";
import { type MlflowServer, startMlflow } from "./mlflow-server.ts";

let server: MlflowServer;
beforeAll(async () => {
  server = await startMlflow();
});
afterAll(() => server.close());

modelConformance("of a real MLflow server", emptyStore, {
  "is found by a data set of any digest": "its server asks for the digest NULL where none is given",
});

/** One server for all tests: each begins without registered models, and with the name of its experiment free. */
async function emptyStore(): Promise<OpenStore> {
  const models = openRestModels({ uri: server.url });
  const prompts = await models.searchModels({ filter: "tags.`mlflow.prompt.is_prompt` = 'true'" });
  for (const { name } of [...(await models.searchModels({ limit: 1000 })).items, ...prompts.items])
    await models.deleteModel(name);
  const runs = openRestRuns({ uri: server.url });
  const known = await runs.experimentByName("seir");
  if (known !== null) await server.post("experiments/update", { experiment_id: known.id, new_name: randomUUID() });
  return { runs, models };
}
