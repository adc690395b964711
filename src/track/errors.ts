import { StemmaError } from "../error.ts";

export class RunNotFoundError extends StemmaError {
  constructor(id: string) {
    super("RUN_NOT_FOUND", `There is no run ${JSON.stringify(id)} in this store. track.runs() lists those there are.`);
  }
}

export class RunDeletedError extends StemmaError {
  constructor(id: string) {
    super("RUN_DELETED", `Run ${id} is deleted; restore it before you write to it.`);
  }
}

/** A run takes nothing more through the handle that ended it. */
export class RunEndedError extends StemmaError {
  constructor(name: string, status: string) {
    super("RUN_ENDED", `Run ${name} has ended (${status}) and takes no more. Open a new one with track().`);
  }
}

/** Two have ended a run, each in another way; the first stands. */
export class RunEndedElsewhereError extends StemmaError {
  constructor(name: string, statuses: { readonly first: string; readonly second: string }) {
    super(
      "RUN_ENDED",
      `Run ${name} was ended as ${statuses.first} by somebody else and stays that, not ${statuses.second}; what was logged here is kept. track({ run: id }) opens it again.`,
    );
  }
}

export class ExperimentNotFoundError extends StemmaError {
  constructor(shown: string, known: readonly string[]) {
    const there = known.length === 0 ? "There is none yet; track() makes one." : `There are: ${known.join(", ")}.`;
    super("EXPERIMENT_NOT_FOUND", `There is no experiment ${JSON.stringify(shown)}. ${there}`);
  }
}

export class ExperimentExistsError extends StemmaError {
  constructor(name: string) {
    super(
      "EXPERIMENT_EXISTS",
      `There is an experiment ${JSON.stringify(name)} already. Take another name, or use that one.`,
    );
  }
}

/** A deleted experiment takes no runs, tags or another name. */
export class ExperimentDeletedError extends StemmaError {
  constructor(name: string) {
    super(
      "EXPERIMENT_DELETED",
      `Experiment ${JSON.stringify(name)} is deleted. track.experiment(${JSON.stringify(name)}).restore() brings it back, with its runs; or take another name.`,
    );
  }
}

/** Params are what a run was started with; they are written once. */
export class ParamChangedError extends StemmaError {
  constructor(name: string, values: { readonly before: string; readonly now: string }) {
    super(
      "PARAM_CHANGED",
      `Param ${JSON.stringify(name)} is ${JSON.stringify(values.before)} and cannot become ${JSON.stringify(values.now)}: a run keeps the params it was started with. Start a new run, or use a tag.`,
    );
  }
}

export class ArtifactNotFoundError extends StemmaError {
  /** @param owner the id of the run or the logged model, or a URI */
  constructor(path: string, owner: string) {
    const kind = owner.startsWith("m-") ? "Model " : owner.includes(":") ? "" : "Run ";
    super("ARTIFACT_NOT_FOUND", `${kind}${owner} has no artifact ${JSON.stringify(path)}.`);
  }
}

/** No room for an artifact; one of that path that was there stays as it was. */
export class ArtifactSpaceError extends StemmaError {
  constructor(path: string, file: string, options: { readonly cause: unknown }) {
    super(
      "ARTIFACT_SPACE",
      `No room on the disk for artifact ${JSON.stringify(path)} (${file}); nothing of it was kept. Make room, then log it again.`,
      options,
    );
  }
}

/** A path that would leave the run's artifact folder, or cannot be a file's. */
export class ArtifactPathError extends StemmaError {
  constructor(path: string, reason: string) {
    super(
      "ARTIFACT_PATH",
      `Artifact path ${JSON.stringify(path)} ${reason}. Give a relative path such as "plots/fit.json".`,
    );
  }
}
