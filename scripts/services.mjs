import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { outcome } from "./command.mjs";
import { installDebian, mayInstall } from "./debian.mjs";
import { root } from "./places.mjs";
import { asItWas } from "./steps.mjs";
import { Trouble } from "./trouble.mjs";

/** Programs that Go builds for the tests; test/support/services finds them here. */
const goPrograms = join(root, "build", "tools");
const versitygw = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";

/**
 * Installs the servers that tests start for themselves: PostgreSQL, OpenSSH, Slurm, and versitygw, which speaks S3.
 *
 * @throws {Trouble} one is missing and we may not install it; it says what to install
 */
export async function installServices() {
  const [debian, s3] = await Promise.all([installFromDebian(), installS3()]);
  const done = [...debian, ...s3];
  return done.length === 0 ? asItWas : done.join(", ");
}

async function installFromDebian() {
  const missing = [
    hasPostgres() ? [] : ["postgresql"],
    hasSshd() ? [] : ["openssh-server"],
    hasSlurm() ? [] : ["slurm-wlm", "munge"],
  ].flat();
  if (missing.length === 0) return [];
  if (!mayInstall()) {
    throw new Trouble(
      `The tests start ${missing.join(" and ")} for themselves: install that (Debian: apt-get install ${missing.join(" ")}; macOS: brew install postgresql@15).`,
    );
  }
  await installDebian(missing);
  return missing;
}

async function installS3() {
  if (existsSync(join(goPrograms, "versitygw"))) return [];
  const args = ["install", "-trimpath", "-ldflags=-s -w", versitygw];
  const { code, output } = await outcome("go", args, { env: { GOBIN: goPrograms } });
  if (code === 0) return ["versitygw"];
  throw new Trouble(
    `${versitygw}, the S3 server of the tests, was not built. It needs Go 1.24 or newer (https://go.dev/dl) and the network.`,
    output,
  );
}

function hasPostgres() {
  const debian = "/usr/lib/postgresql";
  if (existsSync(debian) && readdirSync(debian).some((name) => existsSync(join(debian, name, "bin", "initdb"))))
    return true;
  return onPath("initdb");
}

function hasSshd() {
  return existsSync("/usr/sbin/sshd") || onPath("sshd");
}

function hasSlurm() {
  return ["sbatch", "slurmctld", "slurmd", "munged"].every((name) => existsSync(`/usr/sbin/${name}`) || onPath(name));
}

function onPath(program) {
  return (process.env.PATH ?? "").split(":").some((folder) => folder !== "" && existsSync(join(folder, program)));
}
