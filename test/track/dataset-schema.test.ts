import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { track } from "../../src/track/index.ts";

it("a data set's schema has a type for each column of its file, dates, lists and structs too", async () => {
  process.chdir(mkdtempSync(join(tmpdir(), "stemma-schema-")));
  writeFileSync("cases.parquet", "");
  const schema = ["date", "time", "decimal", "binary", "list", "struct", "mixed", "int64"].map((type) => ({
    name: type,
    type,
  }));
  const data = { path: "cases.parquet", md5: "d41d8cd98f00b204e9800998ecf8427e", bytes: 0, rows: 0, schema };
  const run = await track("schema", {}, (open) => open.input(data));
  const { mlflow_colspec: columns } = JSON.parse(run.record().inputs[0]?.schema ?? "{}");
  expect(columns.map(({ type }: { readonly type: string }) => type)).toEqual([
    ...["datetime", "any", "double", "binary", "any", "any", "any", "long"],
  ]);
});
