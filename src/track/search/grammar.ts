import type { Entity } from "./condition.ts";

/** What filters and orders can speak of: MLflow has one grammar for runs and one for experiments. */
export interface Grammar {
  /** What is looked for, in a sentence. */
  readonly what: string;
  /** By the words for them. */
  readonly entities: Readonly<Record<string, Entity>>;
  readonly textAttributes: readonly string[];
  /** Attributes that are numbers: Unix times in ms. */
  readonly numberAttributes: readonly string[];
  /** Attributes by their other names. */
  readonly aliases: Readonly<Record<string, string>>;
}

export const runGrammar: Grammar = {
  what: "a run",
  entities: {
    metric: "metric",
    metrics: "metric",
    param: "param",
    params: "param",
    parameter: "param",
    parameters: "param",
    tag: "tag",
    tags: "tag",
    attribute: "attribute",
    attributes: "attribute",
    attr: "attribute",
    run: "attribute",
    dataset: "dataset",
    datasets: "dataset",
  },
  textAttributes: ["run_id", "run_name", "status", "user_id", "artifact_uri"],
  numberAttributes: ["start_time", "end_time"],
  aliases: {
    id: "run_id",
    "run id": "run_id",
    "run name": "run_name",
    "Run name": "run_name",
    "Run ID": "run_id",
    name: "run_name",
    created: "start_time",
    Created: "start_time",
    User: "user_id",
    user: "user_id",
    "start time": "start_time",
  },
};

export const experimentGrammar: Grammar = {
  what: "an experiment",
  entities: { tag: "tag", tags: "tag", attribute: "attribute", attributes: "attribute", attr: "attribute" },
  textAttributes: ["name", "experiment_id"],
  numberAttributes: ["creation_time", "last_update_time"],
  aliases: { id: "experiment_id" },
};
