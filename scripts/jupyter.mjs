import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { CommandFailed, output } from "./command.mjs";
import { root, venv } from "./places.mjs";
import { digestOf } from "./stamp.mjs";
import { asItWas } from "./steps.mjs";
import { Trouble } from "./trouble.mjs";

const kernelFolder = join(venv, "share", "jupyter", "kernels", "stemma");

/** Writes the kernelspec "stemma", which starts the kernel in this Node. */
export async function installKernel(node24) {
  // By what it writes: the command line changes with every build.
  const digest = `${node24} ${digestOf(["src/kernel/installed.ts", "src/kernel/kernelspec.ts"])}`;
  const stamp = join(kernelFolder, ".installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return asItWas;
  try {
    await output(node24, [join(root, "dist", "cli", "main.js"), "kernel", "install", "--prefix", venv]);
  } catch (error) {
    if (error instanceof CommandFailed)
      throw new Trouble("The kernel could not be installed into .venv.", error.output);
    throw error;
  }
  writeFileSync(stamp, digest);
  return "TypeScript (Stemma)";
}

/** Puts the extension where JupyterLab looks for it: as a link, so that the next build is the one it loads. */
export function installExtension() {
  const link = join(venv, "share", "jupyter", "labextensions", "jupyterlab-stemma");
  const target = join(root, "labextension", "dist");
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link) === target) return asItWas;
  rmSync(link, { recursive: true, force: true });
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(target, link);
  return "jupyterlab-stemma";
}

/** The command of the server behind jupyter-server-proxy; the proxy fills in the socket. */
export function serverEntry(node24, folder) {
  const program = [node24, join(root, "dist", "cli", "main.js")];
  return {
    command: [...program, "serve", "--dir", folder, "--unix-socket", "{unix_socket}", "--no-auth"],
    unix_socket: true,
    timeout: 30,
    launcher_entry: { enabled: false },
  };
}

/** Configures Jupyter in .venv: our server under /stemma/, no question about news at the first start, and quiet tools. */
export function configureJupyter(node24) {
  const changed = [
    // Not in jupyter_server_config.d/, where jupyter-server-proxy's entries are not looked for.
    writeJson("etc/jupyter/jupyter_server_config.json", {
      ServerProxy: { servers: { stemma: serverEntry(node24, root) } },
    }),
    writeJson("etc/jupyter/labconfig/page_config.json", {
      disabledExtensions: { "@jupyterlab/apputils-extension:announcements": true },
    }),
    // Our own package.json says "module", which JupyterLab's small CommonJS scripts below it would take for theirs.
    writeJson("package.json", { type: "commonjs" }),
  ];
  return changed.includes(true) ? "/stemma/" : asItWas;
}

/** Adds settings to a file of .venv, which JupyterLab may have written into; false when they are there. */
function writeJson(name, wanted) {
  const path = join(venv, name);
  const found = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  if (holds(found, wanted)) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ ...found, ...wanted }, null, 2)}\n`);
  return true;
}

function holds(found, wanted) {
  if (typeof wanted !== "object" || wanted === null) return found === wanted;
  if (Array.isArray(wanted)) return isDeepStrictEqual(found, wanted);
  return Object.entries(wanted).every(([key, value]) => holds(found?.[key], value));
}
