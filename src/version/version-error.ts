import { StemmaError } from "../error.ts";

/** A path that must not or cannot be versioned; the message says why and what to do. */
export class DataPathError extends StemmaError {
  readonly path: string;

  constructor(path: string, message: string) {
    super("DATA_PATH", message);
    this.path = path;
  }
}

/**
 * Refuses to change what a cloud's storage keeps the versions of: that needs DVC itself.
 *
 * @throws {DataPathError}
 */
export function refuseCloud(path: string, out: { readonly cloud: boolean }): void {
  if (out.cloud)
    throw new DataPathError(path, `${path} keeps its versions in a cloud's storage; change it with DVC itself.`);
}

/** There is no such file or folder, or nothing is recorded about it. */
export class MissingDataError extends StemmaError {
  readonly path: string;

  constructor(path: string, message: string) {
    super("MISSING_DATA", message);
    this.path = path;
  }
}

/** git keeps the file already; DVC and git must not keep the same one. */
export class GitTrackedError extends StemmaError {
  readonly path: string;

  constructor(path: string, folder: boolean) {
    super(
      "GIT_TRACKED",
      `git tracks ${path}, and only one of git and DVC can keep it. Give it to DVC: git rm ${folder ? "-r " : ""}--cached '${path}' && git commit -m "stop tracking ${path}", then version() it again.`,
    );
    this.path = path;
  }
}

/** The path lies in, or holds, data that another `.dvc` file or a stage keeps. */
export class OverlapError extends StemmaError {
  readonly path: string;

  constructor(path: string, message: string) {
    super("OVERLAP", message);
    this.path = path;
  }
}

/** Restoring or writing would overwrite content that is nowhere else. */
export class UnsavedChangesError extends StemmaError {
  readonly paths: readonly string[];

  /** @param drop the call that overwrites it all the same; the checkout of the target without one */
  constructor(
    paths: readonly string[],
    target: string,
    drop: string = `version.checkout("${target}", { force: true })`,
  ) {
    const others = paths.length > 1 ? ` and ${paths.length - 1} more` : "";
    super(
      "UNSAVED_CHANGES",
      `${paths[0]}${others} would be overwritten, and its content is in no version. Keep it with version("${target}"), or drop it with ${drop}.`,
    );
    this.paths = paths;
  }
}
