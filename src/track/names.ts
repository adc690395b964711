import { randomInt } from "node:crypto";
import { StemmaError } from "../error.ts";
import { adjectives, animals } from "./words.ts";

/** A name that MLflow does not take either. */
export class NameError extends StemmaError {
  constructor(message: string) {
    super("BAD_NAME", message);
  }
}

const longest = 250;

// mlflow/utils/validation.py, _VALID_PARAM_AND_METRIC_NAMES: Python's \w knows letters and digits of every script.
const allowed = /^[/\p{L}\p{N}_.\- :]+$/u;

/** What most names are made of: of those nothing else is looked at. */
const plain = /^(?!\.\.?$)[\w.\- :]{1,250}$/;

/**
 * Refuses names of metrics, params and tags that MLflow refuses.
 *
 * @param what "metric", "param" or "tag"
 * @throws {NameError}
 */
export function checkName(what: string, name: string): void {
  if (plain.test(name)) return;
  const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
  if (name === "") throw new NameError(`A ${what} has no name; give it at least one letter.`);
  if ([...name].length > longest)
    throw new NameError(`The name of ${what} ${shown} has ${[...name].length} characters; ${longest} is the most.`);
  const strange = [...name].find((character) => !allowed.test(character));
  if (strange !== undefined)
    throw new NameError(
      `The name of ${what} ${shown} has the character ${JSON.stringify(strange)}; letters, digits, _ - . : / and spaces are allowed.`,
    );
  if (!isPath(name))
    throw new NameError(`The name of ${what} ${shown} is no plain path; leave out "..", "//" and a "/" at its ends.`);
}

/** MLflow keeps metrics as files: a name must be what normalising it as a path gives, and stay inside. */
function isPath(name: string): boolean {
  return name === "." ? false : name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** Refuses names of experiments that MLflow refuses. @throws {NameError} */
export function checkExperimentName(name: string): void {
  if (name.trim() === "") throw new NameError(`An experiment has no name; track("my-experiment") gives it one.`);
  if ([...name].length > 500)
    throw new NameError(
      `The name of experiment "${name.slice(0, 60)}…" has ${[...name].length} characters; 500 is the most.`,
    );
}

/** A name for a run that was given none: "wise-otter". Names may come twice; the id is what tells runs apart. */
export function generatedName(): string {
  return `${adjectives[randomInt(adjectives.length)]}-${animals[randomInt(animals.length)]}`;
}
