import { StemmaError } from "../../error.ts";

export class ModelNotFoundError extends StemmaError {
  constructor(name: string) {
    super(
      "MODEL_NOT_FOUND",
      `There is no registered model ${JSON.stringify(name)}. track.registry.list() has those there are.`,
    );
  }
}

export class ModelExistsError extends StemmaError {
  constructor(name: string) {
    super(
      "MODEL_EXISTS",
      `There is a registered model ${JSON.stringify(name)} already. Take another name, or add a version to that one.`,
    );
  }
}

export class VersionNotFoundError extends StemmaError {
  constructor(name: string, version: string) {
    super(
      "MODEL_VERSION_NOT_FOUND",
      `Registered model ${JSON.stringify(name)} has no version ${version}. track.registry.versions(${JSON.stringify(name)}) has those there are.`,
    );
  }
}

export class AliasNotFoundError extends StemmaError {
  constructor(name: string, alias: string, known: readonly string[]) {
    const there = known.length === 0 ? "It has no alias yet" : `It has ${known.join(", ")}`;
    super(
      "ALIAS_NOT_FOUND",
      `Registered model ${JSON.stringify(name)} has no alias ${JSON.stringify(alias)}. ${there}; track.registry.alias() sets one.`,
    );
  }
}

export class LoggedModelNotFoundError extends StemmaError {
  constructor(id: string) {
    super(
      "LOGGED_MODEL_NOT_FOUND",
      `There is no logged model ${JSON.stringify(id)} in this store, or it is deleted. run.model() makes one.`,
    );
  }
}
