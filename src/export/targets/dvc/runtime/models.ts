// In an exported project the very file stands here, as models.js: stages keep models as flow() does.
export { type ModelFiles, mayBeModel, modelFiles, modelOf } from "../../../../flow/values/models.ts";
