import type { AnsweredModel, MlflowVersion } from "../../format/index.ts";
import { type ModelVersion, modelStages, type RegisteredModel } from "./registry-store.ts";

/** A version with what a server says of it; an unknown stage or status is the plain one. */
export function versionOf(version: MlflowVersion): ModelVersion {
  const stage = modelStages.find((known) => known === version.stage) ?? "None";
  const failed = version.status === "PENDING_REGISTRATION" || version.status === "FAILED_REGISTRATION";
  return { ...version, stage, status: failed ? version.status : "READY" };
}

/** A model as a server says it: the versions in its answer come without their aliases, and in no order. */
export function modelOf(model: AnsweredModel): RegisteredModel {
  const aliasesOf = (version: number): readonly string[] =>
    Object.keys(model.aliases).filter((alias) => model.aliases[alias] === version);
  const latest = model.latest.map((version) => ({ ...versionOf(version), aliases: aliasesOf(version.version) }));
  return { ...model, latest: latest.sort((a, b) => a.version - b.version) };
}
