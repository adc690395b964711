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
import { errorFacts } from "../../error.ts";
import { installKernel, packageFolder, prefixDataFolder } from "../../kernel/index.ts";
import { LabError } from "./command.ts";

/** The built extension, in the package as in the repository. */
export const extensionFolder: string = join(packageFolder, "labextension", "dist");

/**
 * Puts the kernel, the extension and the proxy to `stemma serve` into an environment. All three name this package, so
 * another version of it takes over by doing this again.
 *
 * @throws {LabError} the environment's own settings cannot be read, or may not be written
 */
export function connectStemma(prefix: string): void {
  installKernel(prefixDataFolder(prefix));
  linkExtension(prefix);
  configureProxy(join(prefix, "etc", "jupyter", "jupyter_server_config.json"));
}

/** As a link: an update of the package is an update of the extension. */
function linkExtension(prefix: string): void {
  if (!existsSync(join(extensionFolder, "package.json")))
    throw new LabError(`${extensionFolder} is missing: build the extension first. Run: npm run build`);
  const link = join(prefixDataFolder(prefix), "labextensions", "jupyterlab-stemma");
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link) === extensionFolder) return;
  rmSync(link, { recursive: true, force: true });
  mkdirSync(dirname(link), { recursive: true });
  // A junction needs no rights of an administrator on Windows; elsewhere the word is not looked at.
  symlinkSync(extensionFolder, link, "junction");
}

/** jupyter-server-proxy starts this in the folder of JupyterLab, and fills in the socket. */
const server = {
  command: [
    process.execPath,
    join(packageFolder, "dist", "cli", "main.js"),
    "serve",
    "--unix-socket",
    "{unix_socket}",
    "--no-auth",
  ],
  unix_socket: true,
  timeout: 30,
  launcher_entry: { enabled: false },
};

/** Adds our server to the environment's settings; not in jupyter_server_config.d/, where the proxy does not look for its servers. */
export function configureProxy(path: string): void {
  const settings = readSettings(path);
  const proxy = record(settings["ServerProxy"]);
  const servers = { ...record(proxy["servers"]), stemma: server };
  const text = `${JSON.stringify({ ...settings, ServerProxy: { ...proxy, servers } }, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function readSettings(path: string): Readonly<Record<string, unknown>> {
  if (!existsSync(path)) return {};
  try {
    return record(JSON.parse(readFileSync(path, "utf8")));
  } catch (thrown) {
    throw new LabError(`${path} is not JSON (${errorFacts(thrown).message}). Repair it, or move it away.`);
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
