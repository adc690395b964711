import { homedir } from "node:os";
import { join } from "node:path";

/** The file with the cells of all sessions of this user. */
export function historyFile(environment: NodeJS.ProcessEnv = process.env): string {
  return join(stateFolder(environment), "stemma", "kernel-history.sqlite");
}

function stateFolder(environment: NodeJS.ProcessEnv): string {
  if (environment["XDG_STATE_HOME"]) return environment["XDG_STATE_HOME"];
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support");
  if (process.platform === "win32") return environment["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local");
  return join(homedir(), ".local", "state");
}
