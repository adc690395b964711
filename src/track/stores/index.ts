export { localStore, readRun } from "./local.ts";
