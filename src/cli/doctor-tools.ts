import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { dataFolders, listKernels } from "../kernel/index.ts";
import { type Check, fine, problem } from "./doctor-check.ts";
import { onPath } from "./doctor-data.ts";
import { environments, versionOf } from "./lab/index.ts";

const run = promisify(execFile);

/** The kernel and Jupyter, and the Python tools whose formats are shared: what is missing, and how to get it. */
export async function toolChecks(): Promise<readonly Check[]> {
  const prefixes = environments(process.cwd()).map(({ prefix }) => prefix);
  return [
    kernelNode(),
    kernelPackages(),
    kernel(prefixes),
    await python(prefixes),
    jupyter(prefixes),
    tool("Real DVC", "dvc", prefixes),
    tool("Real MLflow", "mlflow", prefixes),
  ];
}

const oldestNode = 24;

function kernelNode(): Check {
  const name = "Node for the kernel";
  if (Number.parseInt(process.versions.node, 10) >= oldestNode) return fine(name, `${process.versions.node} will do`);
  return fine(
    name,
    `the kernel needs ${oldestNode} or newer: https://nodejs.org, or for one project npm install node@${oldestNode}`,
  );
}

function kernelPackages(): Check {
  const require = createRequire(import.meta.url);
  const missing = ["tslab@1.0.22", "typescript@5.9.3"].filter((wanted) => {
    const name = wanted.slice(0, wanted.lastIndexOf("@"));
    return !(require.resolve.paths(name) ?? []).some((folder) => onDisk(join(folder, name, "package.json"), require));
  });
  if (missing.length === 0) return fine("Kernel's packages", "tslab, typescript");
  return fine("Kernel's packages", `missing, and only the kernel needs them: npm install ${missing.join(" ")}`);
}

function onDisk(path: string, require: NodeJS.Require): boolean {
  try {
    require.resolve(path);
    return true;
  } catch {
    return false;
  }
}

function kernel(prefixes: readonly string[]): Check {
  const folders = [...new Set([null, ...prefixes].flatMap((prefix) => dataFolders(prefix)))];
  const found = listKernels(folders);
  const [first] = found;
  if (first === undefined) return fine("Kernel", "not installed in Jupyter: stemma kernel install");
  const broken = found.find((one) => one.problem !== null);
  if (broken === undefined) return fine("Kernel", found.map(({ folder }) => folder).join(", "));
  return problem("Kernel", `${broken.folder} does not start: ${broken.problem}. Run: stemma kernel install`);
}

async function python(prefixes: readonly string[]): Promise<Check> {
  const path = onPath("python3") ?? onPath("python");
  if (path === null && prefixes.length === 0)
    return fine("Python", "none; only JupyterLab needs it: https://www.python.org, or uv: https://docs.astral.sh/uv");
  if (path === null) return fine("Python", `none on the PATH; environment ${prefixes[0]}`);
  const said = await run(path, ["--version"]).catch((error: unknown) => ({ stdout: String(error) }));
  return fine("Python", `${said.stdout.trim().replace(/^Python /, "")}, ${path}`);
}

function jupyter(prefixes: readonly string[]): Check {
  const prefix = prefixes.find((folder) => versionOf(folder, "jupyterlab") !== null);
  if (prefix === undefined) return fine("JupyterLab", "none found; stemma lab installs and opens it");
  const proxy = versionOf(prefix, "jupyter_server_proxy");
  const found = `${versionOf(prefix, "jupyterlab")}, ${prefix}`;
  return fine("JupyterLab", proxy === null ? `${found}; without the panel: stemma lab adds it` : found);
}

// These take seconds to say who they are; what is installed beside them says it at once.
function tool(name: string, distribution: string, prefixes: readonly string[]): Check {
  const prefix = prefixes.find((folder) => versionOf(folder, distribution) !== null);
  if (prefix !== undefined) return fine(name, `${versionOf(prefix, distribution)}, ${prefix}`);
  const path = onPath(distribution);
  return fine(name, path ?? `none found; not needed. To have it: pip install ${distribution}`);
}
