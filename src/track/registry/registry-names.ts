import { checkName, NameError } from "../names.ts";
import { ValueError } from "../params.ts";
import { type ModelStage, modelStages } from "./registry-store.ts";

/** Refuses names of registered models that MLflow refuses. @throws {NameError} @see mlflow/utils/validation.py */
export function checkModelName(name: string): void {
  const shown = shownName(name);
  if (name.trim() === "") throw new NameError("A registered model has no name; give it at least one letter.");
  if ([...name].length > 256)
    throw new NameError(`The name of model ${shown} has ${[...name].length} characters; 256 is the most.`);
  if (/[/:]/.test(name))
    throw new NameError(`The name of model ${shown} has a "/" or ":"; in models:/name/3 they have a meaning.`);
  if (name === "." || name === "..") throw new NameError(`The name of model ${shown} is no plain path.`);
}

/** Refuses names of logged models that MLflow refuses. @throws {NameError} */
export function checkLoggedModelName(name: string): void {
  const strange = /[/:.%"']/.exec(name)?.[0];
  if (name.trim() === "") throw new NameError("A logged model has no name; give it at least one letter.");
  if ([...name].length > 500)
    throw new NameError(`The name of model ${shownName(name)} has ${[...name].length} characters; 500 is the most.`);
  if (strange !== undefined)
    throw new NameError(
      `The name of model ${shownName(name)} has the character ${strange}; leave out / : . % " and '.`,
    );
}

/** Refuses aliases that MLflow refuses: those that could be a version. @throws {NameError} */
export function checkAlias(alias: string): void {
  if (alias === "") throw new NameError("An alias has no name; give it at least one letter, as in champion.");
  // Python's \w, which knows letters and digits of every script.
  if (!/^[\p{L}\p{N}_-]+$/u.test(alias))
    throw new NameError(`Alias ${shownName(alias)} has other characters than letters, digits, _ and -.`);
  if ([...alias].length > 255)
    throw new NameError(`Alias ${shownName(alias)} has ${[...alias].length} characters; 255 is the most.`);
  if (alias.toLowerCase() === "latest" || /^v\d+$/i.test(alias))
    throw new NameError(`Alias ${shownName(alias)} is taken: name/latest and name/3 ask for versions by themselves.`);
}

/** Refuses tags of the registry that MLflow refuses. @throws {NameError} @throws {ValueError} */
export function checkRegistryTag(key: string, value: string): void {
  checkName("tag", key);
  if (typeof value !== "string") throw new ValueError(`Tag ${shownName(key)} is ${typeof value}; a text is wanted.`);
  if ([...value].length > 100_000)
    throw new ValueError(`Tag ${shownName(key)} has ${[...value].length} characters; 100,000 is the most.`);
}

/** The stage that a text means, in whatever case. @throws {ValueError} */
export function stageOf(text: string): ModelStage {
  const found = modelStages.find((stage) => stage.toLowerCase() === text.toLowerCase());
  if (found === undefined)
    throw new ValueError(`${JSON.stringify(text)} is no stage; take one of ${modelStages.join(", ")}.`);
  return found;
}

/** Refuses archiving beside a stage that many versions may be in. @throws {ValueError} */
export function checkArchives(stage: ModelStage): void {
  if (stage !== "Staging" && stage !== "Production")
    throw new ValueError(`archiveExisting goes with Staging and Production; ${stage} may have many versions.`);
}

function shownName(name: string): string {
  return JSON.stringify([...name].length > 60 ? `${name.slice(0, 60)}…` : name);
}
