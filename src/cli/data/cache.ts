import { join } from "node:path";
import { ConfigError, editConfig, migrateCache } from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { dvcFolderAround, dvcProject, verb } from "../dvc-verb.ts";
import { levelOf, levelOptions, settingOf } from "./config.ts";

type DirOptions = Parameters<typeof levelOf>[0] & { readonly unset?: true };

/** `stemma cache dir` and `stemma cache migrate` */
export const registerCache: Register = (program) => {
  const cache = program.command("cache").description("Where the cache is, and its format");
  levelOptions(verb(cache, "dir", "Print or set the folder of the cache"))
    .argument("[value]", "the folder, relative to here")
    .option("-u, --unset", "back to .dvc/cache")
    .action(dir);
  verb(cache, "migrate", "Bring what DVC 2 cached to the cache of DVC 3")
    .option("--dvc-files", "the entries of .dvc files and locks, too")
    .option("--dry", "only say what would be done")
    .action(async (options: { readonly dvcFiles?: true; readonly dry?: true }) => {
      const project = dvcProject();
      const done = await migrateCache(project, { dry: options.dry === true, dvcFiles: options.dvcFiles === true });
      print(done.map((line) => `${line}\n`).join(""));
    });
};

function dir(value: string | undefined, options: DirOptions): void {
  const folder = dvcFolderAround(process.cwd());
  const level = levelOf(options);
  if (value !== undefined || options.unset) {
    editConfig(folder, level ?? "repo", (edited) => {
      const section = edited.get("cache") ?? new Map();
      if (options.unset && !section.delete("dir")) throw missing();
      if (value !== undefined) section.set("dir", value);
      edited.set("cache", section);
    });
    return;
  }
  const set = settingOf(folder, level, ["cache", "dir"]);
  if (set === null && (folder === null || level !== null)) throw missing();
  print(`${set ?? join(folder ?? "", "cache")}\n`);
}

function missing(): ConfigError {
  return new ConfigError("option 'dir' doesn't exist in section 'cache'");
}
