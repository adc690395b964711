export { FilterError } from "./filter-error.ts";
export { PageTokenError } from "./page-token.ts";
export { countRuns, findRuns } from "./search.ts";
