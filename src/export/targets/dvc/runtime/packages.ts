// In an exported project the very file stands here, as packages.js.
export { requiredPackage } from "../../../../flow/values/packages.ts";
