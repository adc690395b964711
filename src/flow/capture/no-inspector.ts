import { host } from "../../host/index.ts";

/** Why the variables around a function are not known, for a sentence. */
export function noInspector(): string {
  if (host().kind === "deno") return "Deno's kernel has no inspector for us";
  return process.versions["deno"] === undefined
    ? "this Node was built without an inspector"
    : "a script in Deno has no inspector for us";
}

/** What a step can do then. */
export function withoutInspector(): string {
  const written =
    host().kind === "deno" ? "Declare it and what it calls as function name() { … } of a cell, or g" : "G";
  return `${written}ive it as an input, or import it in the step with await import()`;
}
