import type { Command } from "commander";
import { StemmaError } from "../error.ts";
import type { Register } from "./command.ts";

/** DVC's verbs that Stemma has not, each with the way out. */
const ways: Readonly<Record<string, string>> = {
  artifacts:
    "DVC's artifacts are downloaded with DVC itself: dvc artifacts get. Models of Stemma's own registry: stemma models.",
  "import-db":
    "Data of databases is imported with DVC itself: dvc import-db; push, pull and status then work with stemma too.",
  "test-db": "Connections to databases are tested with DVC itself: dvc test-db.",
  dataset:
    "DVC's data sets (datasets: in dvc.yaml) are changed with DVC itself: dvc dataset. A catalog of data: stemma catalog.",
  studio: "Stemma has no account at DVC Studio, and needs none; dvc studio login makes one for DVC.",
  daemon: "Stemma has no daemon, asks for no updates and sends nothing home.",
};

export const refusedVerbs: readonly string[] = Object.keys(ways);

/** A verb of DVC's that says what to do instead, with whatever behind it. */
export function refusedVerb(name: string): Register {
  return (program: Command) => {
    program
      .command(name, { hidden: true })
      .argument("[words...]")
      .allowUnknownOption()
      .helpOption(false)
      .action(() => {
        throw new StemmaError("NOT_SUPPORTED", ways[name] ?? name);
      });
  };
}
