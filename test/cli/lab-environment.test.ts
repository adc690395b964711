import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareEnvironment } from "../../src/cli/lab/python.ts";
import { emptyFolder } from "./stemma.ts";

/**
 * A Python as far as `stemma lab` asks for one: it makes environments, of which each is a copy of it, and "installs"
 * JupyterLab; each call is a line of the log.
 */
const python = (log: string): string => `#!/bin/sh
echo "$(/usr/bin/basename "$(/usr/bin/dirname "$(/usr/bin/dirname "$0")")") $*" >> "${log}"
case "$*" in
  "-m venv "*) /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python" && echo home > "$3/pyvenv.cfg" ;;
  "-m pip --version") test -e "${log}.pip" ;;
  "-m ensurepip") > "${log}.pip" ;;
  *" install "*)
    test -e "${log}.offline" && echo "No matching distribution found for jupyterlab" >&2 && exit 1
    cd "$(/usr/bin/dirname "$0")/.." && for name in jupyterlab-4.6.2 jupyter_server_proxy-4.4.0 anywidget-0.9.18; do
      /bin/mkdir -p "lib/python3.12/site-packages/$name.dist-info"
    done ;;
esac
`;

const before = { ...process.env };
let folder: string;
let log: string;
beforeEach(() => {
  const top = emptyFolder();
  folder = join(top, "mein projekt");
  log = join(top, "calls.txt");
  for (const part of [folder, join(top, "usr", "bin")]) mkdirSync(part, { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}");
  const program = join(top, "usr", "bin", "python3");
  writeFileSync(program, python(log));
  chmodSync(program, 0o755);
  process.env = { PATH: join(top, "usr", "bin"), HOME: top };
});
afterEach(() => {
  process.env = before;
});

const calls = (): readonly string[] =>
  readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.replace(/-c .*/, "-c …"));

describe("stemma lab without uv", () => {
  it("makes a .venv with Python's own venv, gets pip where there is none, and installs what is missing", async () => {
    const told: string[] = [];
    const prefix = join(folder, ".venv");
    expect(await prepareEnvironment(folder, (line) => told.push(line))).toBe(prefix);
    expect(calls()).toEqual([
      "usr -c …",
      `usr -m venv ${prefix}`,
      ".venv -m pip --version",
      ".venv -m ensurepip",
      ".venv -m pip install --quiet --disable-pip-version-check jupyterlab>=4.6,<5 jupyter-server-proxy>=4.4,<5 anywidget>=0.9",
    ]);
    expect(told).toEqual([
      `Making a Python environment in ${prefix}`,
      `Installing into ${prefix}: jupyterlab, jupyter-server-proxy, anywidget`,
    ]);
    expect(readFileSync(join(prefix, ".gitignore"), "utf8")).toBe("*\n");
    // Nothing is missing now: Python is not even started.
    expect(await prepareEnvironment(folder, (line) => told.push(line))).toBe(prefix);
    expect([calls().length, told.length]).toEqual([5, 2]);
  });

  it("says what pip says when it cannot install, and goes on from there the next time", async () => {
    writeFileSync(`${log}.offline`, "");
    await expect(prepareEnvironment(folder, () => {})).rejects.toThrow(
      /did not install into .*\.venv\. Is the network up, and does pip reach .* run this again\.\n {4}No matching distribution/,
    );
    rmSync(`${log}.offline`);
    expect(await prepareEnvironment(folder, () => {})).toBe(join(folder, ".venv"));
    expect(calls().filter((line) => line.includes("-m venv"))).toHaveLength(1);
  });
});

it("an activated conda environment gets what it lacks; conda's base is left alone", async () => {
  const conda = join(folder, "..", "conda envs", "größe");
  mkdirSync(join(conda, "bin"), { recursive: true });
  writeFileSync(join(conda, "bin", "python"), python(log));
  chmodSync(join(conda, "bin", "python"), 0o755);
  writeFileSync(`${log}.pip`, "");
  Object.assign(process.env, { CONDA_PREFIX: conda, CONDA_DEFAULT_ENV: "base" });
  expect(await prepareEnvironment(folder, () => {})).toBe(join(folder, ".venv"));
  const other = join(folder, "..", "other project");
  mkdirSync(other);
  process.env["CONDA_DEFAULT_ENV"] = "größe";
  expect(await prepareEnvironment(other, () => {})).toBe(conda);
  expect(calls().at(-1)).toMatch(/^größe -m pip install --quiet .*jupyterlab>=4\.6,<5/);
});
