import { outcome } from "./command.mjs";
import { Trouble } from "./trouble.mjs";

const oldestNode = 20;

/** Checks what a fresh machine must have: Linux or macOS, Node, git. */
export async function checkMachine() {
  if (process.platform === "win32") {
    throw new Trouble(
      "These scripts run on Linux and macOS; on Windows, run them in WSL (https://learn.microsoft.com/windows/wsl).",
    );
  }
  const major = Number.parseInt(process.versions.node, 10);
  if (major < oldestNode) {
    throw new Trouble(
      `This is Node ${process.versions.node}; Node ${oldestNode} or newer is needed: https://nodejs.org.`,
    );
  }
  const git = await outcome("git", ["--version"]);
  if (git.code !== 0)
    throw new Trouble(
      "git is missing: install it (Debian: apt-get install git; macOS: xcode-select --install) and run this again.",
    );
  return `Node ${process.versions.node}, ${git.output.trim()}`;
}
