// A program: runs stages of dvc.yaml in the working folder as a tracked pipeline; the last word says which, as JSON.
import { errorFacts } from "../error.ts";
import { ReproductionError, reproduceTracked } from "../pipeline/index.ts";
import { findProject } from "../store/index.ts";

const [, , choice = "{}"] = process.argv;
const { experiment, targets }: { readonly experiment: string; readonly targets: readonly string[] } =
  JSON.parse(choice);
const folder = process.cwd();

reproduceTracked(findProject(folder), { experiment, targets, folder, singleItem: true, force: true }).catch(
  (error: unknown) => {
    // A stage that failed did so in its run, which is what is asked for.
    process.stderr.write(`${errorFacts(error).message}\n`);
    process.exitCode = error instanceof ReproductionError ? 0 : 1;
  },
);
