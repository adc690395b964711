import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import type { Client, ConnectConfig, SFTPWrapper } from "ssh2";
import type { RemoteSettings } from "./remote.ts";
import { isOn } from "./remote.ts";
import { isUnreachable, RemoteError, withoutPassword } from "./remote-error.ts";
import { hostKeys, type SshHost, sshHost } from "./ssh-config.ts";

/** An open SFTP session. */
export interface SftpConnection {
  readonly sftp: SFTPWrapper;
  /** For messages. */
  readonly url: string;
  /** The folder that the URL names, absolute. */
  readonly root: string;
  /** Why the connection is gone; null while it stands. */
  failure(): Error | null;
  onClose(listener: () => void): void;
  offClose(listener: () => void): void;
  close(): void;
}

/**
 * Connects as `~/.ssh/config` and the remote's settings say; the latter win (names: dvc_ssh). A host whose key is not known is refused,
 * where `StrictHostKeyChecking` does not say otherwise.
 *
 * @throws {RemoteError}
 */
export async function connectSftp(settings: RemoteSettings): Promise<SftpConnection> {
  const url = withoutPassword(settings.url);
  const parsed = new URL(settings.url.replace(/^sftp:/, "ssh:"));
  const host = sshHost(parsed.hostname, {
    port: settings.options.get("port") ?? (parsed.port || null),
    user: settings.options.get("user") ?? (decodeURIComponent(parsed.username) || null),
  });
  if (host.proxied) {
    throw new RemoteError(
      "UNSUPPORTED",
      `${url} is reached through a jump host (ProxyJump or ProxyCommand in ~/.ssh/config), which is not supported; forward a port with ssh -L and name that.`,
    );
  }
  const { Client } = await sshPackage();
  const client = new Client();
  const problems: string[] = [];
  const config = configOf(settings, { host, url, password: decodeURIComponent(parsed.password), problems });
  await connected(client, config, { url, problems });
  return session(client, { url, root: decodeURIComponent(parsed.pathname).replace(/(.)\/+$/, "$1") || "/" });
}

async function sshPackage(): Promise<{ readonly Client: new () => Client }> {
  try {
    const ssh2 = await import("ssh2");
    return ssh2.default;
  } catch (cause) {
    throw new RemoteError("UNSUPPORTED", "Remotes over SSH need the package ssh2. Install it: npm install ssh2", {
      cause,
    });
  }
}

interface Login {
  readonly host: SshHost;
  readonly url: string;
  readonly password: string;
  /** Filled while the handshake goes on: what the host's key is missing. */
  readonly problems: string[];
}

function configOf(settings: RemoteSettings, login: Login): ConnectConfig {
  const { options } = settings;
  const { host } = login;
  for (const secret of ["password", "passphrase"]) {
    if (isOn(settings, `ask_${secret}`, false) && !options.has(secret)) {
      throw new RemoteError(
        "DENIED",
        `${login.url} wants to ask for the ${secret}; nobody can answer here. Set it: remote modify --local NAME ${secret} …`,
      );
    }
  }
  const password = options.get("password") ?? (login.password === "" ? null : login.password);
  const passphrase = options.get("passphrase");
  const keyfile = options.get("keyfile");
  const key = keyOf(keyfile === undefined ? host.identityFiles : [keyfile], keyfile !== undefined);
  const agent = isOn(settings, "allow_agent", true) ? host.agent : null;
  return {
    host: host.name,
    port: host.port,
    username: host.user ?? userInfo().username,
    readyTimeout: 30_000,
    keepaliveInterval: 15_000,
    ...(password === null ? {} : { password, tryKeyboard: true }),
    ...(key === null ? {} : { privateKey: key, ...(passphrase === undefined ? {} : { passphrase }) }),
    ...(agent === null ? {} : { agent }),
    hostVerifier: (offered: Buffer) => knows(login, offered),
  };
}

function keyOf(files: readonly string[], needed: boolean): Buffer | null {
  for (const name of files) {
    const file = name.replace(/^~(?=\/|$)/, homedir());
    if (existsSync(file)) return readFileSync(file);
    if (needed) throw new RemoteError("DENIED", `${name}, the remote's keyfile, does not exist.`);
  }
  return null;
}

/** Whether the key that the host offers is the one that is known of it. */
function knows(login: Login, offered: Buffer): boolean {
  const { host, problems } = login;
  if (host.trust === "any") return true;
  const known = hostKeys(host);
  if (known.includes(offered.toString("base64"))) return true;
  const fingerprint = `SHA256:${createHash("sha256").update(offered).digest("base64").replace(/=+$/, "")}`;
  if (known.length === 0 && host.trust === "new") return true;
  const port = host.port === 22 ? "" : `-p ${host.port} `;
  problems.push(
    known.length === 0
      ? `The key of ${host.name} (${fingerprint}) is not in known_hosts. If it is right: ssh-keyscan ${port}${host.name} >> ~/.ssh/known_hosts`
      : `${host.name} shows another key (${fingerprint}) than known_hosts has. Somebody may sit in between; ask its administrator before you replace the line.`,
  );
  return false;
}

function connected(
  client: Client,
  config: ConnectConfig,
  { url, problems }: { readonly url: string; readonly problems: readonly string[] },
): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("ready", () => {
      // Small packets would wait for each other (Nagle): 40 ms each.
      client.setNoDelay(true);
      resolve();
    });
    client.on("keyboard-interactive", (...asked) => {
      const [, , , prompts, finish] = asked;
      finish(prompts.map(() => String(config.password ?? "")));
    });
    client.once("error", (cause: Error & { readonly level?: string }) => {
      client.end();
      if (problems[0] !== undefined) reject(new RemoteError("DENIED", problems[0], { cause }));
      else if (cause.level === "client-authentication") {
        reject(
          new RemoteError(
            "DENIED",
            `${url} does not let ${config.username} in. Set user, keyfile or password of the remote, or load a key: ssh-add`,
            { cause },
          ),
        );
      } else {
        const trouble = isUnreachable(cause) || cause.level === "client-timeout" ? "UNREACHABLE" : "FAILED";
        reject(new RemoteError(trouble, `No connection to ${url} (${cause.message}). Is the host up?`, { cause }));
      }
    });
    try {
      client.connect(config);
    } catch (cause) {
      // A key that cannot be read, or whose passphrase is wrong or missing.
      const message = cause instanceof Error ? cause.message : String(cause);
      reject(
        new RemoteError(
          "DENIED",
          `The key for ${url} cannot be used (${message}). Set passphrase, or load it: ssh-add`,
          { cause },
        ),
      );
    }
  });
}

function session(client: Client, at: { readonly url: string; readonly root: string }): Promise<SftpConnection> {
  const listeners = new Set<() => void>();
  let failure: Error | null = null;
  const end = (cause: Error | null): void => {
    failure ??= new RemoteError("UNREACHABLE", `The connection to ${at.url} ended. Try again.`, { cause });
    for (const listener of [...listeners]) listener();
  };
  client.on("error", end);
  client.on("close", () => end(null));
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => {
      if (error !== undefined) {
        client.end();
        reject(new RemoteError("UNSUPPORTED", `${at.url} has no SFTP (${error.message}).`, { cause: error }));
        return;
      }
      // Every transfer listens for the end of the connection.
      sftp.setMaxListeners(0);
      resolve({
        sftp,
        ...at,
        failure: () => failure,
        onClose: (listener) => void listeners.add(listener),
        offClose: (listener) => void listeners.delete(listener),
        close: () => void client.end(),
      });
    });
  });
}
