import { getFromRepo, getUrl, repositoryAround, urlOfData } from "../../version/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { dvcFolderAround, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { pairs, type RepoFlags, repoOptions, settingsOf } from "./import.ts";

interface GetFlags extends VerbOptions, RepoFlags {
  readonly out?: string;
  readonly rev?: string;
  readonly showUrl?: true;
  readonly force?: true;
  readonly fsConfig?: readonly string[];
  readonly jobs?: number;
}

/** `stemma get` */
export const registerGet: Register = (program) => {
  repoOptions(verb(program, "get", "Download a file or folder that a git repository keeps, by DVC or by git"))
    .argument("<url>", "git repository: a path or an address")
    .argument("<path>", "file or folder in it")
    .option("-o, --out <path>", "where the data goes")
    .option("--rev <commit>", "branch, tag or commit")
    .option("--show-url", "only print where the data would come from")
    .option("-j, --jobs <number>", "transfers at once", wholeNumber(1, 10_000))
    .option("-f, --force", "replace what stands at the place")
    .action(async (...given: readonly [url: string, path: string, flags: GetFlags]) => {
      const [url, path, flags] = given;
      if (flags.showUrl === true) print(`${printable(await urlOfData({ url, path }, choice(flags)))}\n`);
      else await getFromRepo({ url, path }, choice(flags));
    });
};

/** `stemma get-url` */
export const registerGetUrl: Register = (program) => {
  verb(program, "get-url", "Download or copy a file or folder from a URL")
    .argument("<url>", "s3://, ssh://, https://, remote://name/path, or a path")
    .argument("[out]", "where the data goes")
    .option("-j, --jobs <number>", "transfers at once", wholeNumber(1, 10_000))
    .option("-f, --force", "replace what stands at the place")
    .option("--fs-config <name=value...>", "options of the place, as a remote's")
    .action(async (...given: readonly [url: string, out: string | undefined, flags: GetFlags]) => {
      const [url, out, flags] = given;
      const repository = repositoryAround(dvcFolderAround(process.cwd()));
      await getUrl(repository, url, {
        ...choice(flags),
        ...(out === undefined ? {} : { out }),
        config: pairs(flags.fsConfig ?? []),
      });
    });
};

function choice(flags: GetFlags) {
  return {
    folder: process.cwd(),
    ...(flags.out === undefined ? {} : { out: flags.out }),
    ...(flags.rev === undefined ? {} : { rev: flags.rev }),
    ...(flags.remote === undefined ? {} : { remote: flags.remote }),
    ...settingsOf(flags),
    ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    ...(flags.force === true ? { force: true } : {}),
  };
}
