import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";

/** A host as `~/.ssh/config` describes it. */
export interface SshHost {
  readonly name: string;
  readonly port: number;
  /** null: the name of who is logged in here. */
  readonly user: string | null;
  readonly identityFiles: readonly string[];
  /** Socket of the agent; null without one. */
  readonly agent: string | null;
  readonly knownHosts: readonly string[];
  /** Which keys of the host count: those in known_hosts, a first one too, any. */
  readonly trust: "known" | "new" | "any";
  readonly proxied: boolean;
}

/**
 * What OpenSSH makes of a host's name: `ssh -G` knows aliases, `Include` and `Match` as no other parser does.
 * Without OpenSSH: its defaults.
 */
export function sshHost(name: string, given: { readonly port: string | null; readonly user: string | null }): SshHost {
  const { status, stdout } = spawnSync(
    "ssh",
    [
      "-G",
      ...ownConfig(),
      ...(given.port === null ? [] : ["-p", given.port]),
      ...(given.user === null ? [] : ["-l", given.user]),
      ...["--", name],
    ],
    { encoding: "utf8", timeout: 10_000, stdio: ["ignore", "pipe", "ignore"] },
  );
  const lines = status === 0 ? stdout.split("\n") : [];
  const all = (key: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const first = (key: string): string | null => all(key)[0] ?? null;
  const strict = first("stricthostkeychecking");
  const files = all("identityfile");
  const set = (value: string | null): string | null => (value === null || value === "none" ? null : value);
  return {
    name: first("hostname") ?? name,
    port: Number(first("port") ?? given.port ?? 22),
    user: given.user ?? first("user"),
    identityFiles: files.length > 0 ? files.map(expanded) : ["~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"],
    agent: agentOf(first("identityagent")),
    knownHosts: (first("userknownhostsfile") ?? "~/.ssh/known_hosts").split(" ").map(expanded),
    trust: strict === "false" || strict === "no" ? "any" : strict === "accept-new" ? "new" : "known",
    proxied: set(first("proxyjump")) !== null || set(first("proxycommand")) !== null,
  };
}

// OpenSSH looks into the home that the system's list of users names, everybody else into $HOME.
function ownConfig(): readonly string[] {
  const config = join(homedir(), ".ssh", "config");
  return homedir() !== userInfo().homedir && existsSync(config) ? ["-F", config] : [];
}

function agentOf(configured: string | null): string | null {
  if (configured === "none") return null;
  if (configured === null || configured === "SSH_AUTH_SOCK") return process.env["SSH_AUTH_SOCK"] ?? null;
  return expanded(configured);
}

function expanded(path: string): string {
  const { homedir: listed } = userInfo();
  return (path.startsWith(`${listed}/`) ? `~${path.slice(listed.length)}` : path).replace(/^~(?=\/|$)/, homedir());
}

/** The keys of a host that are known, in base64. */
export function hostKeys(host: SshHost): readonly string[] {
  const name = host.port === 22 ? host.name : `[${host.name}]:${host.port}`;
  return [...host.knownHosts, "/etc/ssh/ssh_known_hosts", join(homedir(), ".ssh", "known_hosts2")]
    .filter(existsSync)
    .flatMap((file) => linesOf(name, file))
    .filter((line) => !line.startsWith("@") && !line.startsWith("#"))
    .flatMap((line) => line.trim().split(/\s+/)[2] ?? []);
}

// Names in known_hosts may be hashed; ssh-keygen finds those too.
function linesOf(name: string, file: string): readonly string[] {
  const { status, stdout, error } = spawnSync("ssh-keygen", ["-F", name, "-f", file], {
    encoding: "utf8",
    timeout: 10_000,
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (error === undefined) return status === 0 ? stdout.split("\n") : [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => (line.split(" ")[0] ?? "").split(",").includes(name));
}
