export type { Condition, Operator, Order } from "./condition.ts";
export { FilterError } from "./filter-error.ts";
export { matches } from "./matches.ts";
export { PageTokenError, parsePageToken, printPageToken } from "./page-token.ts";
export { parseFilter, parseOrder } from "./parse.ts";
export { printFilter, printOrder, splitForMlflow } from "./print.ts";
export { isWord, Reader, shown } from "./reader.ts";
export { countRuns, findRuns } from "./search.ts";
export { behind, comparison, joined, type Piece, type Term } from "./sql.ts";
