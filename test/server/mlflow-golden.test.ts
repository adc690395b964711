import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../support/tools.ts";
import { startServer } from "./client.ts";
import type { Said, Talk } from "./conversation.ts";
import { talk } from "./mlflow-talk.ts";
import { talkOfModels } from "./models-talk.ts";

/** What we answer where MLflow 3.17.2 has a fault, or where our grammar is larger: the two statuses. */
const ours: Readonly<Record<string, readonly [number, number]>> = {
  // Its filters have no OR.
  "search with OR": [400, 200],
  // It answers with the SQL that failed.
  "rename it to one there is": [400, 400],
  // It fails at a name that it does not know.
  "search logged models by a typo": [500, 400],
};

function readGolden(name: string): Talk {
  return JSON.parse(readFileSync(join(root, "test/golden/mlflow-3.17.2", name), "utf8"));
}

/** What we leave out or add on purpose, taken out of both. */
function shared(said: Said, request: string): unknown {
  return JSON.parse(JSON.stringify(said), (name, value) => {
    // MLflow's search of versions knows no aliases; ours does.
    if (name === "aliases" && request.startsWith("search versions")) return undefined;
    // Nor does its answer say which logged model a version is of.
    if (name === "model_id" && request === "version of a logged model") return undefined;
    // We have no workspaces.
    if (name === "workspace") return undefined;
    // Each server's own.
    if (name === "next_page_token") return "";
    // MLflow's server keeps the user of a run that names one as a tag too; its old field alone makes no tag there.
    if (Array.isArray(value)) return value.filter((item) => item?.key !== "mlflow.user");
    return value;
  });
}

function compare(answers: Talk, golden: Talk): void {
  expect(Object.keys(answers)).toEqual(Object.keys(golden));
  for (const [name, said] of Object.entries(golden)) {
    const answer = answers[name] ?? { status: 0, body: null };
    if (name in ours) expect({ [name]: [said.status, answer.status] }).toEqual({ [name]: ours[name] });
    else expect.soft({ [name]: shared(answer, name) }).toEqual({ [name]: shared(said, name) });
  }
}

describe("our server", () => {
  it("answers each request of runs as MLflow 3.17.2 did", async () => {
    compare(await talk(await startServer()), readGolden("rest.json"));
  });

  it("answers each request of models as MLflow 3.17.2 did", async () => {
    compare(await talkOfModels(await startServer()), readGolden("models.json"));
  });
});
