export { stoppable } from "./repro.ts";
export { eventPrinter } from "./repro-text.ts";
export { printDiffTable, printTable, tableValue } from "./value-tables.ts";
