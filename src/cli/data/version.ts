import { platform, release } from "node:os";
import { readConfig } from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { dvcFolderAround, verb } from "../dvc-verb.ts";
import { packageVersion } from "../package-version.ts";

/** `stemma version`; what is wrong with a machine or project, `stemma doctor` says. */
export const registerVersion: Register = (program) => {
  verb(program, "version", "Print the versions of Stemma, of Node and of DVC's formats").action(() => {
    const folder = dvcFolderAround(process.cwd());
    const remotes =
      folder === null ? [] : [...readConfig(folder, "repo").keys()].filter((name) => name.startsWith("remote "));
    const rows = [
      `Stemma version: ${packageVersion()} (speaks DVC 3: .dvc files, dvc.lock 2.0, cache files/md5; reads DVC 2)`,
      `Platform: Node ${process.versions.node} on ${platform()} ${release()}`,
      ...(folder === null ? [] : [`Repo: ${folder}`, `Remotes: ${remotes.join(", ") || "none"}`]),
    ];
    print(`${rows.join("\n")}\n`);
  });
};
