import { relative } from "node:path";
import { print, type Register } from "../command.ts";
import { dvcProject, verb } from "../dvc-verb.ts";

/** `stemma root` */
export const registerRoot: Register = (program) => {
  verb(program, "root", "Print the way from here to the root of the project").action(() => {
    print(`${relative(process.cwd(), dvcProject().root) || "."}\n`);
  });
};
