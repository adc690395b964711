// In an exported project the very file stands here, as array-file.js: stages keep long arrays as flow() does.
export { arrayFile, arrayOf, isLongArray } from "../../../../flow/keep/array-file.ts";
