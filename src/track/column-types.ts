import type { ModelColumnType } from "../format/index.ts";
import type { SchemaType } from "../frame/index.ts";

/** The names of MLflow's types (mlflow/types/schema.py, DataType); what it has no column for is `any`. */
export const mlflowTypes: Readonly<Record<SchemaType, ModelColumnType>> = {
  double: "double",
  float: "float",
  int8: "integer",
  int16: "integer",
  int32: "integer",
  int64: "long",
  uint8: "integer",
  uint16: "integer",
  uint32: "long",
  uint64: "long",
  boolean: "boolean",
  string: "string",
  timestamp: "datetime",
  date: "datetime",
  decimal: "double",
  binary: "binary",
  time: "any",
  list: "any",
  struct: "any",
  mixed: "any",
  null: "any",
};
