export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
export { ServeError } from "./serve-error.ts";
