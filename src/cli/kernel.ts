import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import {
  dataFolders,
  type InstalledKernel,
  installKernel,
  KernelInstallError,
  listKernels,
  prefixDataFolder,
  removeKernel,
  userDataFolder,
} from "../kernel/index.ts";
import { print, printJson, type Register } from "./command.ts";
import { environments } from "./lab/index.ts";
import { printTable } from "./text.ts";

interface Where {
  readonly user?: true;
  readonly sysPrefix?: true;
  readonly prefix?: string;
}

interface Install extends Where {
  readonly name?: string;
  readonly displayName?: string;
}

/** `stemma kernel …`: the TypeScript kernel in Jupyter's folders; no Python is needed. */
export const registerKernel: Register = (program) => {
  const kernel = program.command("kernel").description("The TypeScript kernel for Jupyter");
  withPlace(kernel.command("install").description("Make the kernel known to Jupyter"))
    .option("--name <name>", 'what notebooks name it by (default: "stemma")')
    .option("--display-name <text>", 'what people see (default: "TypeScript (Stemma)")')
    .action(install);
  kernel.command("list").description("Stemma's kernels that Jupyter finds").option("--json", "as JSON").action(list);
  withPlace(
    kernel.command("remove").description("Take kernels away again").argument("<name...>"),
    "where it is",
  ).action(remove);
};

function withPlace(command: Command, user = "for yourself, in every environment (the default)"): Command {
  return command
    .option("--user", user)
    .option("--sys-prefix", "in the Python environment that is active here, or the project's .venv")
    .option("--prefix <folder>", "in the Python environment of this folder");
}

function install({ name, displayName, ...where }: Install): void {
  const options = {
    ...(name === undefined ? {} : { name }),
    ...(displayName === undefined ? {} : { displayName }),
  };
  const folder = installKernel(placeOf(where) ?? userDataFolder(), options);
  print(`${folder}\n`);
}

function list({ json }: { readonly json?: true }): void {
  const found = listKernels(everywhere());
  if (json === true) printJson({ kernels: found });
  else if (found.length === 0) print("No kernel of Stemma is installed. Run: stemma kernel install\n");
  else
    print(printTable([{ title: "Name" }, { title: "Shown as" }, { title: "Folder" }, { title: "State" }], rows(found)));
}

function rows(kernels: readonly InstalledKernel[]): string[][] {
  return kernels.map(({ name, displayName, folder, problem }) => [
    name,
    displayName,
    folder,
    problem === null ? "works" : `broken: ${problem}; install it again`,
  ]);
}

function remove(names: readonly string[], where: Where): void {
  const place = placeOf(where);
  for (const name of names) print(`${removeKernel(place ?? folderWith(name), name)} is removed.\n`);
}

/** Without a place named: the first one that has it, as Jupyter would find it. */
function folderWith(name: string): string {
  return everywhere().find((folder) => existsSync(join(folder, "kernels", name))) ?? userDataFolder();
}

function everywhere(): readonly string[] {
  const prefixes = environments(process.cwd()).map(({ prefix }) => prefix);
  return [...new Set([null, ...prefixes].flatMap((prefix) => dataFolders(prefix)))];
}

/** The data folder that the options name; null where they name none. */
function placeOf({ user, sysPrefix, prefix }: Where): string | null {
  if ([user, sysPrefix, prefix].filter((option) => option !== undefined).length > 1)
    throw new KernelInstallError("Choose one of --user, --sys-prefix and --prefix.");
  if (user === true) return userDataFolder();
  if (prefix !== undefined) return prefixDataFolder(resolve(prefix));
  if (sysPrefix !== true) return null;
  const [active] = environments(process.cwd());
  if (active !== undefined) return prefixDataFolder(active.prefix);
  throw new KernelInstallError(
    "No Python environment is active here, and there is no .venv and no jupyter on the PATH. Name one: --prefix DIR. Or install for yourself: --user",
  );
}
