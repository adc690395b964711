import { join } from "node:path";

/** A kernel as Jupyter finds it: the files of a folder `share/jupyter/kernels/<name>`. */
export interface KernelSpec {
  readonly name: string;
  /** Texts by file name. */
  readonly files: Readonly<Record<string, string>>;
}

export interface KernelSpecOptions {
  /** Absolute path of a Node >= 24. */
  readonly node: string;
  /** Absolute path of the installed package: the folder of its package.json. */
  readonly packageFolder: string;
}

/**
 * The kernelspec of the TypeScript kernel. Paths are absolute: a notebook server has its own PATH and folder.
 *
 * @see https://jupyter-client.readthedocs.io/en/stable/kernels.html
 */
export function kernelSpec({ node, packageFolder }: KernelSpecOptions): KernelSpec {
  const record = {
    argv: [
      node,
      // node:sqlite and vm's loader are marked as experimental; the warning would stand under the user's first cell.
      "--disable-warning=ExperimentalWarning",
      join(packageFolder, "dist", "kernel", "main.js"),
      "--connection-file",
      "{connection_file}",
    ],
    display_name: "TypeScript (Stemma)",
    language: "typescript",
    // By message a busy loop could not be stopped: the kernel would not read it.
    interrupt_mode: "signal",
    metadata: { debugger: false },
  };
  return { name: "stemma", files: { "kernel.json": `${JSON.stringify(record, null, 2)}\n`, "logo-svg.svg": logo } };
}

// A small family tree: one source, two copies, the line that is read.
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
  <rect width="64" height="64" rx="12" fill="#1f4e79"/>
  <path d="M32 16v12M32 28 18 44M32 28l14 16" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/>
  <circle cx="32" cy="16" r="6" fill="#fff"/>
  <circle cx="18" cy="46" r="6" fill="#fff"/>
  <circle cx="46" cy="46" r="6" fill="#f2a33a"/>
</svg>
`;
