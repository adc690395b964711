import type { Sql } from "../../store/index.ts";
import { insertModel } from "./local-models.ts";
import { findVersion, readVersions } from "./local-version-rows.ts";
import { insertVersion } from "./local-versions.ts";
import type { ModelVersion } from "./registry-store.ts";

/** Makes a logged model the next version of a name, which is made where there is none, and points aliases at it. */
export function registerVersion(
  sql: Sql,
  name: string,
  { modelId, aliases }: { readonly modelId: string; readonly aliases: readonly string[] },
): ModelVersion {
  const known = sql.first("SELECT id FROM registered_model WHERE name = ?", name);
  if (known === null) insertModel(sql, name, "");
  const version = insertVersion(sql, name, { source: `models:/${modelId}`, modelId });
  for (const alias of aliases)
    sql.run(
      "INSERT OR REPLACE INTO model_alias (model, alias, version) SELECT id, ?, ? FROM registered_model WHERE name = ?",
      alias,
      version.version,
      name,
    );
  const row = findVersion(sql, version);
  return (row === null ? undefined : readVersions(sql, [row])[0]) ?? version;
}
