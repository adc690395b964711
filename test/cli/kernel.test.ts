import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { checkNode } from "../../src/kernel/installed.ts";
import { type UserPlace, userDataFolder } from "../../src/kernel/jupyter-folders.ts";
import { root } from "../support/tools.ts";
import { type Ended, emptyFolder } from "./stemma.ts";

let home: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  home = emptyFolder();
  // What the machine has must not be found.
  env = { HOME: home, XDG_DATA_HOME: join(home, "my data"), PATH: "/nowhere" };
});

function kernel(...args: readonly string[]): Ended {
  return stemma("kernel", ...args);
}

function stemma(...args: readonly string[]): Ended {
  const program = join(root, "src", "cli", "main.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: home,
    env,
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}

const userKernels = (): string => join(home, "my data", "jupyter", "kernels");

function venv(): string {
  const folder = join(home, ".venv");
  mkdirSync(folder);
  writeFileSync(join(folder, "pyvenv.cfg"), "home = /usr/bin\n");
  return folder;
}

describe("stemma kernel", () => {
  it("installs for the user without any Python, two names side by side, and removes one of them", () => {
    expect(kernel("install").out).toBe(`${join(userKernels(), "stemma")}\n`);
    expect(kernel("install", "--name", "stemma-größe").err).toMatch(/^ERROR: "stemma-größe" is no name for a kernel/);
    expect(kernel("install", "--name", "stemma-2", "--display-name", "Größe 2").code).toBe(0);
    const { kernels } = JSON.parse(kernel("list", "--json").out);
    expect(kernels).toMatchObject([
      { name: "stemma", displayName: "TypeScript (Stemma)", node: process.execPath, problem: null },
      { name: "stemma-2", displayName: "Größe 2", folder: join(userKernels(), "stemma-2") },
    ]);
    expect(kernel("remove", "stemma").out).toBe(`${join(userKernels(), "stemma")} is removed.\n`);
    expect([existsSync(join(userKernels(), "stemma")), existsSync(join(userKernels(), "stemma-2"))]).toEqual([
      false,
      true,
    ]);
  });

  it("starts this package in this Node, by absolute paths", () => {
    kernel("install", "--prefix", "an env");
    const path = join(home, "an env", "share", "jupyter", "kernels", "stemma", "kernel.json");
    const { argv } = JSON.parse(readFileSync(path, "utf8")) as { readonly argv: readonly string[] };
    expect([argv[0], argv.at(-3)]).toEqual([process.execPath, join(root, "dist", "kernel", "main.js")]);
  });

  it("finds the project's .venv, and prefers the environment that is active", () => {
    const own = venv();
    expect(kernel("install", "--sys-prefix").out).toContain(join(own, "share", "jupyter"));
    const active = join(home, "active");
    mkdirSync(active);
    env = { ...env, VIRTUAL_ENV: active };
    expect(kernel("install", "--sys-prefix").out).toContain(join(active, "share", "jupyter"));
    const folders = (JSON.parse(kernel("list", "--json").out) as { kernels: { folder: string }[] }).kernels;
    expect(folders.map(({ folder }) => folder.slice(home.length + 1).split("/")[0])).toEqual(["active", ".venv"]);
  });

  it("takes conda's environment where one is active and the project has none", () => {
    const conda = join(home, "conda", "envs", "größe");
    mkdirSync(conda, { recursive: true });
    env = { ...env, CONDA_PREFIX: conda };
    const folder = join(conda, "share", "jupyter", "kernels", "stemma");
    expect(kernel("install", "--sys-prefix").out).toBe(`${folder}\n`);
    expect(JSON.parse(kernel("list", "--json").out)).toMatchObject({ kernels: [{ folder, problem: null }] });
    const own = venv();
    expect(kernel("install", "--sys-prefix").out).toContain(own);
    env = { ...env, CONDA_PREFIX: join(home, "removed since") };
    expect(kernel("remove", "--sys-prefix", "stemma").out).toContain(own);
  });

  it("says what to do where there is no environment, and where two places are named", () => {
    expect(kernel("install", "--sys-prefix")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Name one: --prefix DIR\. Or install for yourself: --user/),
    });
    expect(kernel("install", "--user", "--prefix", "x").err).toMatch(/Choose one of --user, --sys-prefix and --prefix/);
  });

  it("tells which kernel is broken, and why", () => {
    kernel("install");
    const path = join(userKernels(), "stemma", "kernel.json");
    writeFileSync(path, readFileSync(path, "utf8").replace(process.execPath, "/opt/gone/node"));
    expect(kernel("list").out).toMatch(/^stemma .* broken: \/opt\/gone\/node is gone; install it again$/m);
  });

  it("neither overwrites nor removes another's kernel", () => {
    const folder = join(userKernels(), "python3");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "kernel.json"), JSON.stringify({ argv: ["python3"], display_name: "Python" }));
    expect(kernel("install", "--name", "python3").err).toMatch(/python3 is another kernel/);
    expect(kernel("remove", "python3").err).toMatch(/no kernel of Stemma.*jupyter kernelspec remove python3/);
    expect(kernel("remove", "nothing").err).toMatch(/There is no kernel "nothing"/);
    expect(kernel("list").out).toBe("No kernel of Stemma is installed. Run: stemma kernel install\n");
    expect(existsSync(join(folder, "kernel.json"))).toBe(true);
  });

  it("refuses a Node that is too old, with the way out", () => {
    expect(() => checkNode("24.0.0")).not.toThrow();
    expect(() => checkNode("22.13.1")).toThrow(
      "The kernel needs Node 24 or newer, and this is 22.13.1. Install one (https://nodejs.org), or only for this project: npm install node@24, and run this again by npx.",
    );
  });

  it("knows the user's folder on every system, as Jupyter does", () => {
    const at = (platform: NodeJS.Platform, variables: UserPlace["env"] = {}): string =>
      userDataFolder({ env: variables, platform, home: "/home/a" });
    expect(at("linux")).toBe("/home/a/.local/share/jupyter");
    expect(at("linux", { XDG_DATA_HOME: "/data" })).toBe("/data/jupyter");
    expect(at("darwin")).toBe("/home/a/Library/Jupyter");
    expect(at("win32", { APPDATA: "/roaming" })).toBe("/roaming/jupyter");
    expect(at("darwin", { JUPYTER_DATA_DIR: "/own" })).toBe("/own");
  });
});

describe("stemma doctor", () => {
  const findings = (): ReadonlyMap<string, string> => {
    const { checks } = JSON.parse(stemma("doctor", "--json").out) as { checks: { name: string; finding: string }[] };
    return new Map(checks.map(({ name, finding }) => [name, finding]));
  };

  it("says what is missing for notebooks, and how to get it", () => {
    const found = findings();
    expect(found.get("Kernel")).toBe("not installed in Jupyter: stemma kernel install");
    expect(found.get("Kernel's packages")).toBe("tslab, typescript");
    expect(found.get("Node for the kernel")).toBe(`${process.versions.node} will do`);
    expect(found.get("Python")).toMatch(/^none; only JupyterLab needs it: .*uv/);
    expect(found.get("JupyterLab")).toBe("none found; stemma lab installs and opens it");
    expect(found.get("Real DVC")).toBe("none found; not needed. To have it: pip install dvc");
  });

  it("names the kernel that is there; one that does not start is a problem", () => {
    kernel("install");
    const folder = join(userKernels(), "stemma");
    expect(findings().get("Kernel")).toBe(folder);
    const path = join(folder, "kernel.json");
    writeFileSync(path, readFileSync(path, "utf8").replace(process.execPath, "/opt/gone/node"));
    const { code, out } = stemma("doctor");
    expect(code).toBe(1);
    expect(out).toContain(`PROBLEM: ${folder} does not start: /opt/gone/node is gone. Run: stemma kernel install`);
  });

  it("finds JupyterLab in the project's environment, and what the panel lacks", () => {
    const packages = join(venv(), "lib", "python3.12", "site-packages");
    mkdirSync(join(packages, "jupyterlab-4.6.1.dist-info"), { recursive: true });
    expect(findings().get("JupyterLab")).toBe(`4.6.1, ${join(home, ".venv")}; without the panel: stemma lab adds it`);
  });
});
