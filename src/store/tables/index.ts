export { flowTables } from "./flow.ts";
export { lineageTables } from "./lineage.ts";
export { trackTables } from "./track.ts";
