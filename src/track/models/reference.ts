import { type ModelStage, modelStages } from "../registry/index.ts";
import { ModelReferenceError } from "./model-errors.ts";

/** What a text such as `seir@champion` asks for. */
export type ModelReference =
  | { readonly kind: "logged"; readonly id: string }
  | { readonly kind: "alias"; readonly name: string; readonly alias: string }
  | { readonly kind: "version"; readonly name: string; readonly version: number }
  | { readonly kind: "stage"; readonly name: string; readonly stage: ModelStage }
  | { readonly kind: "run"; readonly run: string; readonly path: string };

/**
 * Reads `name@champion`, `name/3`, `name/latest`, `name/Production`, `name` (its latest version), `m-…`, `runs:/<id>/name`;
 * with or without MLflow's `models:/` before it.
 *
 * @throws {ModelReferenceError}
 */
export function parseReference(text: string): ModelReference {
  const run = /^runs:\/([^/]+)\/(.+)$/s.exec(text);
  if (run?.[1] !== undefined && run[2] !== undefined)
    return { kind: "run", run: run[1], path: run[2].replace(/\/+$/, "") };
  const rest = text.replace(/^models:\/+/, "");
  if (/^m-[0-9a-f]{32}$/.test(rest)) return { kind: "logged", id: rest };
  const [, name = "", sign, what = ""] = /^([^/@:]+)(?:([@/])([^/@]+))?$/s.exec(rest) ?? [];
  if (name === "")
    throw new ModelReferenceError(
      `${JSON.stringify(text)} names no model. Write "name@champion", "name/3", "name/latest", "m-…" or "runs:/<id>/name".`,
    );
  if (sign === undefined) return { kind: "alias", name, alias: "latest" };
  if (sign === "@" || what.toLowerCase() === "latest") return { kind: "alias", name, alias: what };
  if (/^\d+$/.test(what)) return { kind: "version", name, version: Number(what) };
  const stage = modelStages.find((known) => known.toLowerCase() === what.toLowerCase());
  if (stage !== undefined) return { kind: "stage", name, stage };
  throw new ModelReferenceError(
    `${JSON.stringify(what)} is no version of ${name}. Write "${name}/3", "${name}/latest", or "${name}@${what}" for an alias.`,
  );
}
