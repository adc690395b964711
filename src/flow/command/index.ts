export { filled, placeholders, quotedPlaceholder, replaced } from "./command-text.ts";
export { type KeptOut, MissingOutError, outsThere, outsValue, restoreOuts } from "./kept-outs.ts";
export { CommandFailedError, type CommandPlace, commandStep } from "./run-command.ts";
