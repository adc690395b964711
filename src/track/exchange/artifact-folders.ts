import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Folders that may hold what an artifact root of MLflow names, the best first. A store that was moved still says where it
 * was; then the files are looked for where MLflow keeps them beside it. None for a root on another machine, and none for
 * one that is not the run's own: a store that somebody sent must not make us copy `/home/ada/.ssh`.
 *
 * @param uri "file:///data/mlruns/1/<run>/artifacts", "./mlruns/…", "mlflow-artifacts:/1/<run>/artifacts", "s3://…"
 * @param place the run, or logged model, and the folder that the store is in
 */
export function artifactFoldersOf(
  uri: string,
  { owner, beside }: { readonly owner: string; readonly beside: string },
): readonly string[] {
  const path = localPath(uri);
  if (path !== null) {
    if (!path.split(/[\\/]/).includes(owner)) return [];
    // <anything>/mlruns/<experiment>/<run>/artifacts, or …/<experiment>/models/<model>/artifacts
    const parts = path.split(/[\\/]/).filter((part) => part !== "");
    const end = parts.slice(parts.at(-3) === "models" ? -4 : -3);
    return [resolve(beside, path), join(beside, "mlruns", ...end), join(beside, "mlartifacts", ...end)];
  }
  const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(uri)?.[1];
  if (proxied === undefined) return [];
  const parts = decodeURIComponent(proxied)
    .split("/")
    .filter((part) => part !== "" && part !== "." && part !== "..");
  // `mlflow server` keeps them in mlartifacts, `mlflow ui` and servers of before 2.0 in mlruns.
  return ["mlartifacts", "mlruns", "artifacts"].map((folder) => join(beside, folder, ...parts));
}

function localPath(uri: string): string | null {
  if (uri === "") return null;
  if (uri.startsWith("file:")) return filePath(uri);
  return /^[A-Za-z][A-Za-z0-9+.-]+:/.test(uri) ? null : uri;
}

// MLflow writes "file:relative" and "file:///C:/…" too; what is no good URL is a path.
function filePath(uri: string): string {
  const plain = uri.startsWith("file:///") ? uri : uri.startsWith("file:/") ? `file://${uri.slice(5)}` : null;
  if (plain === null || !URL.canParse(plain)) return uri.replace(/^file:(\/\/)?/, "");
  return fileURLToPath(plain);
}
