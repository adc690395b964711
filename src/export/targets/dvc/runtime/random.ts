// In an exported project the very file stands here, as random.js: stages draw the same numbers as flow().
export { itemSeed, seededRandom } from "../../../../flow/run/executors/random.ts";
