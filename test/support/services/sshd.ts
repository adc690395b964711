import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { emptyFolder, freePort, startProgram, stopProgram } from "./service.ts";

/** An OpenSSH server of the test's own, which takes one key and serves SFTP. */
export interface Sshd {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly user: string;
  /** The private key that it takes; without a passphrase. */
  readonly keyFile: string;
  /** A known_hosts file with the server's key. */
  readonly knownHosts: string;
  /** An empty folder for the test to use as its remote. */
  readonly folder: string;
  close(): Promise<void>;
}

export async function startSshd(): Promise<Sshd> {
  const folder = emptyFolder();
  const at = (name: string): string => join(folder, name);
  for (const name of ["host_key", "user_key"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
  const port = await freePort();
  mkdirSync(at("remote"));
  writeFileSync(at("authorized_keys"), readFileSync(at("user_key.pub")));
  writeFileSync(at("known_hosts"), `[127.0.0.1]:${port} ${readFileSync(at("host_key.pub"), "utf8")}`);
  writeFileSync(at("sshd_config"), settings({ folder, port }));
  // As root, sshd wants the folder of its privilege separation.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const program = existsSync("/usr/sbin/sshd") ? "/usr/sbin/sshd" : "sshd";
  const child = await startProgram({ program, args: ["-D", "-e", "-f", at("sshd_config")], port });
  return {
    host: "127.0.0.1",
    port,
    user: userInfo().username,
    keyFile: at("user_key"),
    knownHosts: at("known_hosts"),
    folder: at("remote"),
    close: () => stopProgram(child),
  };
}

function settings({ folder, port }: { readonly folder: string; readonly port: number }): string {
  return `${[
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host_key")}`,
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    `PidFile ${join(folder, "sshd.pid")}`,
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    // The temporary folder above it may be anybody's.
    "StrictModes no",
    "Subsystem sftp internal-sftp",
  ].join("\n")}\n`;
}
