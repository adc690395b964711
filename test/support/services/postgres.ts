import { execFileSync } from "node:child_process";
import { chownSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder, freePort, startProgram, stopProgram } from "./service.ts";

/** A PostgreSQL server of the test's own. */
export interface Postgres {
  /** Makes an empty database; gives its address for SQLAlchemy with psycopg2, which is what `mlflow` takes. */
  createDatabase(name: string): string;
  close(): Promise<void>;
}

/** Starts one on the loopback, without passwords, and without a sync for each commit: it is thrown away. */
export async function startPostgres(): Promise<Postgres> {
  const folder = emptyFolder();
  const owner = ownerOf(folder);
  const port = await freePort();
  execFileSync(program("initdb"), ["-D", folder, "-U", "mlflow", "-A", "trust", "--no-sync"], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: folder,
    ...owner,
  });
  const args = ["-D", folder, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-F"];
  const child = await startProgram({ program: program("postgres"), args, port, ...owner });
  await ready(port);
  return {
    createDatabase: (name) => {
      execFileSync(program("createdb"), ["-h", "127.0.0.1", "-p", String(port), "-U", "mlflow", name]);
      return `postgresql+psycopg2://mlflow@127.0.0.1:${port}/${name}`;
    },
    // Fast shutdown: open connections are ended.
    close: () => stopProgram(child, "SIGINT"),
  };
}

// The port answers a little before the server takes connections.
async function ready(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      execFileSync(program("pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(port)]);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`PostgreSQL at port ${port} takes no connections`);
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
function ownerOf(folder: string): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync("/etc/passwd", "utf8").match(/^postgres:[^:]*:(\d+):(\d+):/m);
  if (line === null) throw new Error("There is no user postgres. `npm test` installs PostgreSQL; run that once.");
  const [uid, gid] = [Number(line[1]), Number(line[2])];
  chownSync(folder, uid, gid);
  return { uid, gid };
}

function program(name: string): string {
  const debian = "/usr/lib/postgresql";
  const releases = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const found = releases.map((release) => join(debian, release, "bin", name)).find(existsSync);
  return found ?? name;
}
