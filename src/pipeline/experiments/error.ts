import { StemmaError } from "../../error.ts";

/** An experiment cannot be made, found or changed as asked. */
export class ExperimentError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("EXPERIMENT", message, options);
  }
}

/** There is another experiment of that name. */
export class ExperimentNameTakenError extends StemmaError {
  constructor(name: string) {
    super(
      "EXPERIMENT_EXISTS",
      `there is an experiment '${name}' already. Choose another name, or replace it with --force.`,
    );
  }
}

/** No experiment has that name. */
export class UnknownExperimentError extends StemmaError {
  constructor(names: readonly string[], remote: string | null = null) {
    const list = names.map((name) => `'${name}'`).join(", ");
    const verb = names.length > 1 ? "are no experiments" : "is no experiment";
    const where = remote === null ? "" : ` of '${remote}'`;
    super("UNKNOWN_EXPERIMENT", `${list} ${verb}${where}. See what there is with: stemma exp list --all-commits`);
  }
}
