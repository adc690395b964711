import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { reproductionBundle } from "../../src/display/index.ts";
import { NotReproducibleError, reproduceRun } from "../../src/reproduce/index.ts";
import { findProject } from "../../src/store/index.ts";
import { localReader, type Reproduction, type RunRecord } from "../../src/track/index.ts";
import { addData, editConfig, initProject, pushData } from "../../src/version/index.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { root } from "../support/tools.ts";

const program = join(root, "dist", "cli", "main.js");
const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"];

/** A user's project in a folder of its own, with packages above it. */
class Home {
  readonly folder: string;

  constructor(files: Readonly<Record<string, string>> = {}) {
    const top = realpathSync(mkdtempSync(join(tmpdir(), "stemma größe ")));
    mkdirSync(join(top, "node_modules"));
    symlinkSync(root, join(top, "node_modules", "stemma"));
    this.folder = join(top, "my projekt");
    this.write(files);
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", [...identity, ...args], { cwd: this.folder, encoding: "utf8" });
  }

  commit(): void {
    if (!existsSync(join(this.folder, ".git"))) this.git("init", "--quiet");
    this.git("add", ".");
    this.git("commit", "--quiet", "--message", "as it is");
  }

  node(script: string, ...args: readonly string[]): void {
    const file = join(this.folder, script);
    execFileSync(process.execPath, [file, ...args], { cwd: dirname(file), stdio: ["ignore", "ignore", "inherit"] });
  }

  async add(path: string, text: string): Promise<void> {
    this.write({ [path]: text });
    await addData(findProject(this.folder), path, { folder: this.folder });
  }

  /** Runs, the first first. */
  runs(experiment = "seir"): readonly RunRecord[] {
    const reader = localReader(findProject(this.folder));
    const { id } = reader.experimentByName(experiment) ?? { id: "" };
    return reader.searchRuns({ experimentIds: [id], orderBy: ["attributes.start_time ASC"] }).runs;
  }

  reproduce(run: RunRecord | undefined): Promise<Reproduction> {
    return reproduceRun(findProject(this.folder), run?.id ?? "");
  }

  /** Every file's text but the store's and git's own; and what git says. */
  state(): unknown {
    const own = /^(\.git|stemma|\.dvc\/(cache|tmp))(\/|$)/;
    const paths = readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.folder.length + 1))
      .filter((path) => !own.test(path));
    const texts = paths.sort().map((path) => [path, readFileSync(join(this.folder, path), "utf8")]);
    const asked = ["status --porcelain --untracked-files=all", "worktree list", "for-each-ref", "ls-files --stage"];
    return [texts, existsSync(join(this.folder, ".git")) ? asked.map((words) => this.git(...words.split(" "))) : []];
  }
}

const differing = ({ differences }: Reproduction): readonly string[] =>
  differences.map(({ kind, name }) => `${kind} ${name}`);

const script = `
import { readFileSync } from "node:fs";
import { track, version } from "stemma";
import { slope } from "../lib/modell.mjs";

const cases = await version("../data/fälle.csv");
const rows = readFileSync("../data/fälle.csv", "utf8").trim().split("\\n").slice(1);
const sum = rows.reduce((total, row) => total + Number(row.split(",")[1]), 0);
const who = process.env.STEMMA_TEST_WHO ?? "ada";
for (const seed of [1, 2])
  await track("seir", { beta: Number(process.argv[2]), who }, async (run) => {
    run.input(cases);
    for (let step = 0; step < 5; step++) run.log({ rmse: (seed * slope * sum) / (step + 1) + (who === "ada" ? 0 : 1e-9) }, { step });
    await run.artifact("fit.json", { sum, seed });
    await track({ experiment: "seir", name: "innen" }, (inner) => inner.log({ n: seed }));
  });
`;
const data = "day,n\n1,5\n2,8\n";

/** A script that ran with a change that was never committed; then everything was changed. */
async function changedSince(): Promise<Home> {
  const home = new Home({ "src/fit.mjs": script, "lib/modell.mjs": "export const slope = 2;\n" });
  home.git("init", "--quiet");
  initProject(home.folder);
  await home.add("data/fälle.csv", data);
  home.commit();
  home.write({ "lib/modell.mjs": "export const slope = 3;\n" });
  home.node("src/fit.mjs", "0.3");
  home.write({ "lib/modell.mjs": "export const slope = 30;\n", "src/fit.mjs": "throw new Error('not this one');\n" });
  await home.add("data/fälle.csv", "day,n\n1,50\n2,80\n");
  return home;
}

describe("a script that ran in a repository", () => {
  let home: Home;
  beforeAll(async () => {
    home = await changedSince();
  });
  const outer = (): readonly RunRecord[] =>
    home.runs().filter(({ parentId, tags }) => parentId === null && tags["stemma.reproduction"] === undefined);

  it("gives the same again, though code, change and data are others now; and nothing of the user's is touched", async () => {
    const before = home.state();
    const second = outer()[1];
    const again = await home.reproduce(second);
    expect(differing(again)).toEqual([]);
    expect(again.equal).toBe(true);
    expect(home.state()).toEqual(before);
    const names = again.record.values.map(({ kind, name }) => `${kind} ${name}`);
    for (const name of [
      "code commit",
      "param beta",
      "metric rmse",
      "data data/fälle.csv",
      "artifact fit.json",
      "metric innen › n",
    ])
      expect(names).toContain(name);
    const made = localReader(findProject(home.folder)).run(again.record.again);
    expect(made?.tags["stemma.reproduces"]).toBe(second?.id);
    expect(made?.metrics["rmse"]?.value).toBe((2 * 3 * 13) / 5);
    expect(made?.tags["mlflow.source.git.diff"]).toBe(second?.tags["mlflow.source.git.diff"]);
  });

  it("says which params and metrics differ, by how much and from which step on", async () => {
    process.env["STEMMA_TEST_WHO"] = "bob";
    const again = await home.reproduce(outer()[0]).finally(() => delete process.env["STEMMA_TEST_WHO"]);
    expect(differing(again)).toEqual(["param who", "metric rmse"]);
    const rmse = again.differences[1];
    expect(rmse?.again).toMatch(/^7\.80000000\d+ \(5 points\), first off at step 0$/);
    expect(rmse?.relative).toBeCloseTo(1e-9 / 7.8, 12);
    expect(reproductionBundle(again.record)["text/plain"]).toMatch(
      /2 of \d+ differ.*\n.*\nparam +who +ada +bob\nmetric +rmse/,
    );
  });

  it("runs again for a nested run too, and compares that one", async () => {
    const inner = home.runs().find(({ parentId }) => parentId === outer()[1]?.id);
    const again = await home.reproduce(inner);
    expect(again.equal).toBe(true);
    expect(again.record.values.find(({ kind, name }) => kind === "metric" && name === "n")?.before).toBe("2");
  });

  it("is had back from the remote where the cache has its data no more, and refused where nobody has it", async () => {
    const project = findProject(home.folder);
    const far = join(home.folder, "..", "remote");
    mkdirSync(far);
    rmSync(join(home.folder, ".dvc/cache"), { recursive: true });
    home.write({ "data/notes.txt": "never versioned" });
    editConfig(project.dvcFolder, "local", (config) => {
      config.set("core", new Map([["remote", "far"]]));
      config.set('remote "far"', new Map([["url", far]]));
    });
    await expect(home.reproduce(outer()[0])).rejects.toThrow(/fälle.csv that it used cannot be had back.*remote far/);
    await home.add("data/fälle.csv", data);
    await pushData(project, { folder: home.folder });
    rmSync(join(home.folder, ".dvc/cache"), { recursive: true });
    expect(differing(await home.reproduce(outer()[0]))).toEqual([]);
  });

  it("is not run at all where something is lost, and all of that is told", async () => {
    const lost = await changedSince();
    lost.write({ "src/neu.mjs": script });
    lost.node("src/neu.mjs", "0.4");
    const run = lost.runs().filter(({ parentId }) => parentId === null)[2];
    rmSync(join(lost.folder, ".dvc/cache"), { recursive: true });
    const error: unknown = await lost.reproduce(run).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotReproducibleError);
    expect((error as NotReproducibleError).problems).toEqual([
      expect.stringMatching(/^The version [0-9a-f]{32} of data\/fälle\.csv .* no default remote/),
      expect.stringContaining("neu.mjs was not in git"),
    ]);
    lost.git("checkout", "--quiet", "--orphan", "other");
    lost.git("branch", "-D", "main");
    lost.git("reflog", "expire", "--expire=now", "--all");
    lost.git("gc", "--quiet", "--prune=now");
    await expect(lost.reproduce(run)).rejects.toThrow(/Its commit [0-9a-f]{40} is not in the repository any more/);
    expect(lost.runs()).toHaveLength(8);
  });
});

describe("stemma runs reproduce", () => {
  const waiting = `
import { track } from "stemma";
await track("seir", async () => {
  console.log("wartet");
  if (process.env.STEMMA_TEST_WAIT) await new Promise((done) => setTimeout(done, 60_000));
});
`;
  const stemma = (home: Home, env: NodeJS.ProcessEnv, ...args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [program, "runs", "reproduce", ...args], {
      cwd: home.folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const ended = async (child: ChildProcess): Promise<{ readonly code: number | null; readonly out: string }> => {
    let out = "";
    child.stdout?.on("data", (text) => (out += String(text)));
    return { code: await new Promise((done) => child.once("close", done)), out };
  };

  it("leaves nothing behind after Ctrl-C, and the run it had begun is KILLED", async () => {
    const home = new Home({ "warten.mjs": waiting });
    home.commit();
    home.node("warten.mjs");
    const before = home.state();
    const child = stemma(home, { STEMMA_TEST_WAIT: "1", TMPDIR: join(home.folder, "..") }, home.runs()[0]?.id ?? "");
    const end = ended(child);
    await new Promise<void>((begun) => child.stderr?.on("data", (text) => String(text).includes("wartet") && begun()));
    child.kill("SIGINT");
    expect((await end).code).toBe(130);
    expect(home.state()).toEqual(before);
    expect(readdirSync(join(home.folder, "..")).filter((name) => name.startsWith("stemma-"))).toEqual([]);
    expect(home.runs().map(({ status }) => status)).toEqual(["FINISHED", "KILLED"]);
  });

  it("ends with what it started when it is killed, and the next one takes away what was left", async () => {
    const home = new Home({ "warten.mjs": waiting });
    home.commit();
    home.node("warten.mjs");
    const before = home.state();
    const temporary = { TMPDIR: join(home.folder, "..") };
    const id = home.runs()[0]?.id ?? "";
    const child = stemma(home, { ...temporary, STEMMA_TEST_WAIT: "1" }, id);
    await new Promise<void>((begun) => child.stderr?.on("data", (text) => String(text).includes("wartet") && begun()));
    child.kill("SIGKILL");
    await expect.poll(() => home.runs()[1]?.status, { timeout: 20_000 }).toBe("KILLED");
    expect((await ended(stemma(home, temporary, id))).code).toBe(0);
    expect(home.state()).toEqual(before);
    expect(readdirSync(join(home.folder, "..")).filter((name) => name.startsWith("stemma-"))).toEqual([]);
  });

  it("ends with 0 or 1, prints JSON, and keeps the folder it is told to", async () => {
    const home = new Home({ "warten.mjs": waiting });
    home.commit();
    home.node("warten.mjs");
    const id = home.runs()[0]?.id ?? "";
    const into = join(home.folder, "..", "dort drüben");
    const { code, out } = await ended(stemma(home, {}, id.slice(0, 8), "--into", into, "--keep", "--json"));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ run: id, equal: true, folder: into });
    expect(readFileSync(join(into, "warten.mjs"), "utf8")).toBe(waiting);
    home.git("worktree", "remove", "--force", into);
    const other = await ended(stemma(home, { MLFLOW_RUN_ID: "0".repeat(32) }, "ffffffff"));
    expect(other.code).toBe(1);
  });
});

it("installs the packages of then where the lock file has changed since", async () => {
  const manifest = (version: string): string =>
    JSON.stringify({ name: "rate", version, type: "module", exports: "./index.js" });
  const home = new Home({
    ".gitignore": "node_modules/\n",
    "package.json": JSON.stringify({ name: "user", version: "1.0.0", dependencies: { rate: "file:./rate.tgz" } }),
    "fit.mjs":
      'import { track } from "stemma";\nimport { rate } from "rate";\nawait track("seir", (run) => run.log({ rate }));\n',
  });
  const pack = (version: string, rate: number): void => {
    home.write({ "pack/package.json": manifest(version), "pack/index.js": `export const rate = ${rate};\n` });
    const run = (args: readonly string[], cwd: string): string =>
      execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    run(["pack", "--silent", "--pack-destination", ".."], join(home.folder, "pack"));
    execFileSync("mv", [`rate-${version}.tgz`, "rate.tgz"], { cwd: home.folder });
    rmSync(join(home.folder, "package-lock.json"), { force: true });
    rmSync(join(home.folder, "node_modules"), { recursive: true, force: true });
    run(["install", "--no-audit", "--no-fund", "--offline"], home.folder);
  };
  pack("1.0.0", 0.1);
  home.commit();
  home.node("fit.mjs");
  pack("2.0.0", 0.2);
  const again = await home.reproduce(home.runs()[0]);
  expect(differing(again)).toEqual([]);
  expect(
    again.record.values.filter(({ kind }) => kind === "package").map(({ name, again: is }) => [name, is]),
  ).toContainEqual(["rate", "1.0.0"]);
  rmSync(join(home.folder, "package-lock.json"));
  home.git("rm", "--quiet", "--cached", "package-lock.json");
  home.commit();
  home.write({ "package-lock.json": "{}" });
  home.node("fit.mjs");
  rmSync(join(home.folder, "package-lock.json"));
  await expect(home.reproduce(home.runs().at(-1))).rejects.toThrow(
    /package-lock.json that it ran with .* neither here nor in its commit/,
  );
});

describe("a notebook", () => {
  const cells = (name: string): readonly string[] => [
    'import { track, version } from "stemma";\nimport { slope } from "./modell";',
    'const cases = await version("fälle.csv");',
    "const broken = (undefined as any).x;",
    "let beta = 0.2;",
    `const run = await track("${name}", { beta }, async (open) => { open.input(cases); open.log({ rmse: beta * slope }); return open.id; });\nrun.id`,
  ];

  /** Runs the cells in our kernel, the fourth and fifth again with another beta; gives the two ids. */
  async function play(home: Home, name: string): Promise<readonly string[]> {
    const file = join(home.folder, "blätter.ipynb");
    writeFileSync(file, '{"cells": []}');
    const kernel: Kernel = await startKernel({ kind: "stemma", cwd: home.folder, env: { STEMMA_NOTEBOOK: file } });
    const ids: string[] = [];
    try {
      const [a = "", b = "", c = "", d = "", e = ""] = cells(name);
      const typed = [a, b, c, d, e, "beta = 0.7;", e.replace("const run", "const other").replace("run.id", "other.id")];
      for (const [index, source] of typed.entries()) {
        const { error, text } = await kernel.run(source, { cellId: `cell-${index}` });
        if (index !== 2) expect(error).toBeNull();
        ids.push(...(/[0-9a-f]{32}/.exec(source.endsWith(".id") ? text : "") ?? []));
      }
    } finally {
      await kernel.stop();
    }
    return ids;
  }

  it("in git runs its cells again up to the run's own, as they were typed", async () => {
    const home = new Home({ "modell.ts": "export const slope = 2;\n" });
    home.git("init", "--quiet");
    initProject(home.folder);
    await home.add("fälle.csv", data);
    home.commit();
    const [, id] = await play(home, "seir");
    home.write({ "modell.ts": "export const slope = 9;\n" });
    const before = home.state();
    const again = await reproduceRun(findProject(home.folder), id ?? "");
    expect(differing(again)).toEqual([]);
    const made = localReader(findProject(home.folder)).run(again.record.again);
    expect([made?.metrics["rmse"]?.value, made?.tags["stemma.reproduces"]]).toEqual([1.4, id]);
    expect(again.record.notes.join("\n")).toMatch(/Ended with an error: cell \[3\]: TypeError/);
    expect(home.state()).toEqual(before);
  });

  it("without git runs by its kept cells and its data alone, and says so", async () => {
    const home = new Home({ "fälle.csv": data });
    const file = join(home.folder, "blätter.ipynb");
    writeFileSync(file, '{"cells": []}');
    const kernel = await startKernel({ kind: "stemma", cwd: home.folder, env: { STEMMA_NOTEBOOK: file } });
    await kernel.run('import { track, version } from "stemma";\nconst cases = await version("fälle.csv");', {
      cellId: "one",
    });
    await home.add("fälle.csv", "another\n");
    const kept = 'const kept = await track("seir", (run) => run.log({ n: cases.bytes }));';
    const cell = await kernel.run(`${kept}\nconst again = await kept.reproduce();\nagain`, { cellId: "two" });
    await kernel.stop();
    expect(cell.error).toBeNull();
    expect(cell.text).toMatch(/ · seir · the same again · .*\nEqual: status, 1 metric, .*\nIt ran outside of git/);
    expect(home.runs()).toHaveLength(2);
  });
});

it("stages and steps of flows run again, whatever is cached, and what a step gave is compared", async () => {
  const home = new Home({
    "params.yaml": "lr: 0.1\n",
    "train.mjs": `import { readFileSync, writeFileSync } from "node:fs";
const lr = Number(readFileSync("params.yaml", "utf8").slice(4));
writeFileSync("metrics.json", JSON.stringify({ loss: lr * readFileSync("clean.csv", "utf8").length }));
`,
    "dvc.yaml": `stages:
  clean:
    cmd: tr n N < fälle.csv > clean.csv
    deps: [fälle.csv]
    outs: [clean.csv]
  train:
    cmd: '"${process.execPath}" train.mjs'
    deps: [clean.csv, train.mjs]
    params: [lr]
    metrics: [metrics.json: { cache: false }]
`,
    "flow.ts": `import { flow } from "stemma";
function load({ n }: { n: number }): number { return n * 2; }
function chance({ x }: { x: number }): number { return x + Math.random(); }
await flow("fit-seir", { n: 4 }, (f, p) => f.step(chance, { x: f.step(load, { n: p.n }) })).run();
`,
  });
  home.git("init", "--quiet");
  initProject(home.folder);
  await home.add("fälle.csv", data);
  home.commit();
  execFileSync(process.execPath, [program, "repro", "--track"], { cwd: home.folder, stdio: "ignore" });
  home.node("flow.ts");
  home.write({ "params.yaml": "lr: 0.7\n" });
  await home.add("fälle.csv", "n\n1\n");
  rmSync(join(home.folder, "dvc.lock"));
  const before = home.state();
  const train = home.runs("my projekt").find(({ name }) => name === "train");
  const again = await home.reproduce(train);
  expect(differing(again)).toEqual([]);
  expect(again.record.values.find(({ kind }) => kind === "metric")?.name).toBe("loss");
  const stepped = await home.reproduce(home.runs("fit-seir")[0]);
  expect(differing(stepped)).toEqual(["result chance › result"]);
  expect(reproductionBundle(stepped.record)["text/html"]).toMatch(
    /<b>chance › result<\/b><\/td><td[^>]+title="[0-9a-f]{64}">[0-9a-f]{12}</,
  );
  expect(home.state()).toEqual(before);
});
