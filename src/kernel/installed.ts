import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { StemmaError } from "../error.ts";
import {
  checkKernelName,
  defaultKernelName,
  type KernelSpec,
  type KernelSpecOptions,
  kernelProgram,
  kernelSpec,
} from "./kernelspec.ts";

/** A kernel of Stemma's in one of Jupyter's folders. */
export interface InstalledKernel {
  readonly name: string;
  readonly displayName: string;
  /** The folder of its kernel.json. */
  readonly folder: string;
  readonly node: string;
  /** The folder of the package that it starts. */
  readonly packageFolder: string;
  /** Why it does not start, as a sentence; null where it does. */
  readonly problem: string | null;
}

/** The kernel cannot be installed or removed; the message says why, and what helps. */
export class KernelInstallError extends StemmaError {
  constructor(message: string, options?: ErrorOptions) {
    super("KERNEL_INSTALL", message, options);
  }
}

export interface InstallOptions {
  readonly name?: string;
  readonly displayName?: string;
}

const oldestNode = 24;

/** The folder of this package. */
export const packageFolder: string = dirname(fileURLToPath(new URL("../../package.json", import.meta.url)));

/**
 * Writes a kernelspec that starts this package in this Node.
 *
 * @param dataFolder of a user or an environment; made where it is missing
 * @returns the folder of the kernel.json
 * @throws {KernelInstallError} this Node is too old, a package is missing, or the name is another kernel's
 */
export function installKernel(dataFolder: string, options: InstallOptions = {}): string {
  checkNode(process.versions.node);
  checkPackages();
  const spec = kernelSpec(thisKernel(options));
  const folder = kernelFolder(dataFolder, spec.name);
  if (existsSync(join(folder, "kernel.json")) && readKernel(folder) === null) {
    throw new KernelInstallError(`${folder} is another kernel. Choose a name of its own: --name my-${spec.name}`);
  }
  write(folder, spec);
  return folder;
}

/** Stemma's kernels below some of Jupyter's data folders, in their order; of other kernels nothing is told. */
export function listKernels(dataFolders: readonly string[]): readonly InstalledKernel[] {
  return dataFolders.flatMap((dataFolder) => {
    const kernels = join(dataFolder, "kernels");
    if (!existsSync(kernels)) return [];
    const found = readdirSync(kernels)
      .sort()
      .map((name) => readKernel(join(kernels, name)));
    return found.filter((kernel) => kernel !== null);
  });
}

/**
 * Removes a kernelspec of ours.
 *
 * @returns the folder that is gone
 * @throws {KernelInstallError} there is none, or it is another kernel's
 */
export function removeKernel(dataFolder: string, name: string = defaultKernelName): string {
  checkKernelName(name);
  const folder = kernelFolder(dataFolder, name);
  if (!existsSync(folder)) {
    throw new KernelInstallError(`There is no kernel "${name}" in ${dataFolder}. See: stemma kernel list`);
  }
  if (readKernel(folder) === null) {
    throw new KernelInstallError(
      `${folder} is no kernel of Stemma. Jupyter removes it: jupyter kernelspec remove ${name}`,
    );
  }
  rmSync(folder, { recursive: true });
  return folder;
}

/** @throws {KernelInstallError} the kernel does not run in a Node of this version */
export function checkNode(version: string): void {
  if (Number.parseInt(version, 10) >= oldestNode) return;
  throw new KernelInstallError(
    `The kernel needs Node ${oldestNode} or newer, and this is ${version}. Install one (https://nodejs.org), or only for this project: npm install node@${oldestNode}, and run this again by npx.`,
  );
}

// A kernel that dies at its start shows nothing in JupyterLab: what is missing is told here.
function checkPackages(): void {
  const require = createRequire(import.meta.url);
  const missing = ["tslab@1.0.22", "typescript@5.9.3"].filter((wanted) => {
    try {
      require.resolve(`${wanted.slice(0, wanted.lastIndexOf("@"))}/package.json`);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return;
  throw new KernelInstallError(`The kernel needs packages beside stemma. Run: npm install ${missing.join(" ")}`);
}

function thisKernel({ name, displayName }: InstallOptions): KernelSpecOptions {
  return {
    node: process.execPath,
    packageFolder,
    ...(name === undefined ? {} : { name }),
    ...(displayName === undefined ? {} : { displayName }),
  };
}

function kernelFolder(dataFolder: string, name: string): string {
  return join(dataFolder, "kernels", name);
}

function write(folder: string, { files }: KernelSpec): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "EACCES" || code === "EPERM" || code === "EROFS" ? "may not be written" : message;
    throw new KernelInstallError(`${folder} ${why}. Install for yourself instead: stemma kernel install --user`, {
      cause,
    });
  }
}

/** One kernel; null where the folder is another's, or is no kernel at all. */
function readKernel(folder: string): InstalledKernel | null {
  const record = readSpec(join(folder, "kernel.json"));
  const argv = Array.isArray(record["argv"]) ? record["argv"].map(String) : [];
  const program = argv.find((argument) => argument.endsWith(kernelProgram));
  const [node] = argv;
  if (program === undefined || node === undefined) return null;
  return {
    name: folder.split(/[\\/]/).at(-1) ?? "",
    displayName: String(record["display_name"] ?? ""),
    folder,
    node,
    packageFolder: program.slice(0, -kernelProgram.length - 1),
    problem: [node, program].filter((path) => !existsSync(path)).map((path) => `${path} is gone`)[0] ?? null,
  };
}

function readSpec(path: string): Readonly<Record<string, unknown>> {
  if (!existsSync(path)) return {};
  try {
    return Object(JSON.parse(readFileSync(path, "utf8"))) as Readonly<Record<string, unknown>>;
  } catch {
    // Somebody else's broken file is no kernel of ours.
    return {};
  }
}
