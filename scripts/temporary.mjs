import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Short: the path of a unix socket in it has at most 107 bytes.
const prefix = "stemma-test-";

/** Names the file that tells whose folder it is. */
const owner = ".owner";

/**
 * A folder for everything that tests and benchmarks leave, and the environment that makes programs use it. It goes with
 * this process at the latest; those of runs that were killed go here. With STEMMA_KEEP_TEST_FOLDER=1 it is kept.
 *
 * @returns `close` is called at the end of the run; it gives "" or words about what is still there
 */
export function temporaryFolder() {
  sweep();
  const folder = mkdtempSync(join(tmpdir(), prefix));
  // PostgreSQL runs as a user of its own where the tests are root's: it passes through, and lists nothing.
  chmodSync(folder, 0o711);
  writeFileSync(join(folder, owner), String(process.pid));
  let isOpen = true;
  const close = () => {
    if (!isOpen) return "";
    isOpen = false;
    process.off("exit", close);
    return process.env.STEMMA_KEEP_TEST_FOLDER === "1" ? kept(folder) : removed(folder);
  };
  process.once("exit", close);
  return { env: { TMPDIR: folder, TMP: folder, TEMP: folder, STEMMA_TEST_FOLDER: folder }, close };
}

/**
 * A {@link temporaryFolder} for tests. They start hundreds of small programs, most of whose time is compiling the same
 * sources: what one has compiled, the next take over.
 */
export function testFolder() {
  const { env, close } = temporaryFolder();
  return { env: { ...env, NODE_COMPILE_CACHE: join(env.TMPDIR, "compiled") }, close };
}

/** Whether a run around this one has such a folder, and removes it. */
export function isInTemporaryFolder() {
  return process.env.STEMMA_TEST_FOLDER !== undefined;
}

function kept(folder) {
  rmSync(join(folder, owner));
  return `${folder} is kept`;
}

function sweep() {
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    const pid = ownerOf(folder);
    if (pid !== null && !isAlive(pid)) removed(folder);
  }
}

/** Null for what is none of ours, or is just being made. */
function ownerOf(folder) {
  try {
    return Number(readFileSync(join(folder, owner), "utf8")) || null;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(error.code)) return null;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function removed(folder) {
  try {
    for (const mount of mountsBelow(folder)) execFileSync("umount", ["-l", mount], { stdio: "pipe" });
    try {
      remove(folder);
    } catch (error) {
      // Tests leave folders that nobody may write to: root may, others have to say so first.
      if (error.code !== "EACCES" && error.code !== "EPERM") throw error;
      openFolders(folder);
      remove(folder);
    }
    return "";
  } catch (error) {
    return `${folder} is left: ${error.message}`;
  }
}

// Retried: what a test has started may write its last while it is ended.
const remove = (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });

function openFolders(folder) {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) openFolders(join(folder, entry.name));
}

/** What is mounted in a folder, the innermost first. */
function mountsBelow(folder) {
  let table;
  try {
    table = readFileSync("/proc/self/mounts", "utf8");
  } catch (error) {
    // Only Linux has the table, and only there tests mount something.
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return table
    .split("\n")
    .map((line) =>
      (line.split(" ")[1] ?? "").replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8))),
    )
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}
