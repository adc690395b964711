import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Check, fine } from "./doctor-check.ts";
import { onPath } from "./doctor-data.ts";

const run = promisify(execFile);

/** The kernel, and the Python tools whose formats are shared: none of them is needed. */
export async function toolChecks(): Promise<readonly Check[]> {
  return [
    kernel(),
    await python(),
    tool("Real DVC", { program: "dvc", distribution: "dvc" }),
    tool("Real MLflow", { program: "mlflow", distribution: "mlflow" }),
    tool("JupyterLab", { program: "jupyter-lab", distribution: "jupyterlab" }),
  ];
}

async function python(): Promise<Check> {
  const path = onPath("python3");
  if (path === null) return fine("Python", "none on the PATH; not needed");
  const said = await run(path, ["--version"]).catch((error: unknown) => ({ stdout: String(error) }));
  return fine("Python", `${said.stdout.trim().replace(/^Python /, "")}, ${path}`);
}

// These take seconds to say who they are; what is installed beside them says it at once.
function tool(
  name: string,
  { program, distribution }: { readonly program: string; readonly distribution: string },
): Check {
  const path = onPath(program);
  if (path === null) return fine(name, "none on the PATH; not needed");
  const [found] = globSync(`lib/python3*/site-packages/${distribution}-[0-9]*.dist-info`, {
    cwd: dirname(dirname(path)),
  });
  const version = /-([^-]+)\.dist-info$/.exec(found ?? "")?.[1];
  return fine(name, version === undefined ? path : `${version}, ${path}`);
}

// jupyter_core/paths.py, jupyter_path
function kernel(): Check {
  const prefixes = [onPath("jupyter"), onPath("python3")]
    .filter((path) => path !== null)
    .map((path) => dirname(dirname(path)));
  const folders = [
    ...(process.env["JUPYTER_PATH"] ?? "").split(delimiter).filter((path) => path !== ""),
    join(homedir(), ".local", "share", "jupyter"),
    join(homedir(), "Library", "Jupyter"),
    ...prefixes.map((prefix) => join(prefix, "share", "jupyter")),
    "/usr/local/share/jupyter",
    "/usr/share/jupyter",
  ];
  const found = folders.map((folder) => join(folder, "kernels", "stemma")).find((path) => existsSync(path));
  return fine("Kernel", found ?? "not installed in Jupyter: stemma kernel install");
}
