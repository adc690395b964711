// In an exported project the very file stands here, as tables.js: stages keep tables as flow() does.
export {
  type TableWords,
  tableFile,
  tableFrom,
  tableKind,
  tablePackage,
} from "../../../../flow/values/tables.ts";
