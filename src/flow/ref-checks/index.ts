export { refMisuses } from "./ref-misuse.ts";
