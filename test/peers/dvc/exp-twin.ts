/**
 * Two identical repositories, one for the real DVC and one for Stemma. Experiments' commits have the time of day in them, so their
 * names, trees, parents and messages are compared, not their digests; `exp show --json` with digests and times taken out.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { tool } from "../../support/tools.ts";
import { snapshot } from "./snapshot.ts";
import { type Ended, type Warm, warmDvc, warmStemma } from "./warm.ts";

const base = mkdtempSync(join(tmpdir(), "stemma-exp-"));
let tools: { readonly dvc: Warm; readonly stemma: Warm } | null = null;

beforeAll(async () => {
  const [dvc, stemma] = await Promise.all([warmDvc(), warmStemma()]);
  tools = { dvc, stemma };
});

afterAll(async () => {
  await Promise.all([tools?.dvc.close(), tools?.stemma.close()]);
  rmSync(base, { recursive: true, force: true });
});

/** A repository with both tools at hand. */
export interface Repo {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  dvc(...argv: readonly string[]): Promise<Ended>;
  stemma(...argv: readonly string[]): Promise<Ended>;
  git(...args: readonly string[]): string;
  write(path: string, text: string): void;
}

/** @param around the folder that the repository is in, with its home */
export function repoAt(around: string): Repo {
  const folder = join(around, "repo");
  const env = environment(around);
  const dates = { GIT_AUTHOR_DATE: "2026-01-02T03:04:05+00:00", GIT_COMMITTER_DATE: "2026-01-02T03:04:05+00:00" };
  const run = (who: "dvc" | "stemma", argv: readonly string[]): Promise<Ended> => {
    if (tools === null) throw new Error("The tools start in beforeAll()");
    return tools[who].run({ argv, cwd: folder, env });
  };
  return {
    folder,
    env,
    dvc: (...argv) => run("dvc", argv),
    stemma: (...argv) => run("stemma", argv),
    git: (...args) =>
      execFileSync("git", args, { cwd: folder, env: { ...env, ...dates }, encoding: "utf8", stdio: "pipe" }),
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
  };
}

/** What each repository begins with. */
export const pipeline = `stages:
  clean:
    cmd: sort cases.csv > clean.csv
    deps:
    - cases.csv
    outs:
    - clean.csv
  fit:
    cmd: python3 fit.py
    deps:
    - clean.csv
    - fit.py
    params:
    - lr
    - net.depth
    outs:
    - model.bin
    metrics:
    - metrics.json:
        cache: false
`;

const fit = `import json, re, sys
text = open("params.yaml").read()
lr = float(re.search(r"^lr: (.*)", text, re.M)[1])
depth = int(re.search(r"depth: (\\d+)", text)[1])
if lr > 5: sys.exit("lr is too high")
open("model.bin", "w").write(open("clean.csv").read() + text)
json.dump({"rmse": lr / depth, "net": {"size": depth * 7}}, open("metrics.json", "w"))
`;

const params = "# of the fit\nlr: 0.1\nnet:\n  depth: 3 # layers\n  act: relu\nnote: é ☃\n";

let template: string | null = null;

/** A repository with a pipeline that was run and committed; the same to the byte each time. */
export async function newRepo(): Promise<Repo> {
  if (template === null) {
    const made = mkdtempSync(join(base, "template-"));
    const repo = repoAt(made);
    mkdirSync(join(made, "home"));
    mkdirSync(repo.folder);
    writeFileSync(join(made, "home", ".gitconfig"), "[user]\n\tname = Ada\n\temail = ada@example.org\n");
    repo.git("init", "-q", "-b", "main");
    await must(repo.dvc("init", "-q"));
    repo.write("cases.csv", "3\n1\n2\n");
    repo.write("dvc.yaml", pipeline);
    repo.write("fit.py", fit);
    repo.write("params.yaml", params);
    await must(repo.dvc("add", "-q", "cases.csv"));
    await must(repo.dvc("repro", "-q"));
    repo.git("add", "-A");
    repo.git("commit", "-q", "-m", "base");
    template = made;
  }
  const around = mkdtempSync(join(base, "around-"));
  cpSync(template, join(around, "place"), { recursive: true });
  return repoAt(join(around, "place"));
}

export async function must(ended: Promise<Ended>): Promise<Ended> {
  const { code, out, err } = await ended;
  if (code !== 0) throw new Error(`${code}: ${out}${err}`);
  return { code, out, err };
}

/** A command line, or an edit of both repositories. */
export type Step = readonly string[] | ((repo: Repo) => void);

/** Plays the steps with both tools at the same path, and compares after each what lies there. */
export async function playBoth(steps: readonly Step[]): Promise<void> {
  const repo = await newRepo();
  const place = dirname(repo.folder);
  const start = `${place}-start`;
  cpSync(place, start, { recursive: true });
  const real = await play(repo, steps, "dvc");
  renameSync(place, `${place}-dvc`);
  renameSync(start, place);
  const own = await play(repo, steps, "stemma");
  for (const [i, seen] of own.entries()) {
    const theirs = real[i];
    const said = `${seen.command}\n--- dvc\n${theirs?.ended.out}${theirs?.ended.err}\n--- stemma\n${seen.ended.out}${seen.ended.err}`;
    expect(seen.ended.code, `exit code of ${said}`).toBe(theirs?.ended.code);
    expect(seen.state, `what is there after ${said}`).toEqual(theirs?.state);
    if (seen.command.includes("--json"))
      expect(timeless(seen.ended.out), said).toEqual(timeless(theirs?.ended.out ?? ""));
    if (/--(md|csv)/.test(seen.command)) expect(shaless(seen.ended.out), said).toBe(shaless(theirs?.ended.out ?? ""));
  }
}

interface Seen {
  readonly command: string;
  readonly ended: Ended;
  readonly state: unknown;
}

async function play(repo: Repo, steps: readonly Step[], who: "dvc" | "stemma"): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  for (const step of steps) {
    if (typeof step === "function") step(repo);
    else seen.push({ command: step.join(" "), ended: await repo[who](...step), state: stateOf(repo) });
  }
  return seen;
}

/** The files, and every ref: of experiments and branches what they stand for. */
export function stateOf(repo: Repo): unknown {
  const files = Object.entries(snapshot({ around: dirname(repo.folder), repo: repo.folder, env: repo.env }));
  const refs = repo.git("for-each-ref", "--format=%(refname)").split("\n");
  // What DVC keeps of a process that is over, and what its stash remembers.
  const own = refs.filter((ref) => ref !== "" && !/^refs\/exps\/(exec|apply|stash)/.test(ref));
  const about = own.map((ref) => {
    const subjectOf = (commit: string): string => repo.git("show", "--no-patch", "--format=%B", commit).trim();
    const parents = repo
      .git("show", "--no-patch", "--format=%P", ref)
      .trim()
      .split(" ")
      .filter((sha) => sha !== "");
    // DVC's arguments, which `dvc exp save` takes along by mistake.
    const files = repo
      .git("ls-tree", "-r", ref)
      .split("\n")
      .filter((line) => !line.endsWith(".dvc/tmp/repro.dat"));
    return [ref, subjectOf(ref), parents.map(subjectOf), files];
  });
  return {
    refs: about,
    files: Object.fromEntries(files.filter(([name]) => name !== "git refs" && !name.endsWith(".pyc"))),
  };
}

/** The answer of `exp show --json` or `exp diff --json` without digests of experiments' commits and times. */
function timeless(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => {
    if (key === "timestamp" && value !== null) return "then";
    return typeof value === "string" && /^[0-9a-f]{40}$/.test(value) ? "commit" : value;
  });
}

function shaless(text: string): string {
  return text
    .replace(/\b[0-9a-f]{7}\b/g, "commit_")
    .replace(/\d\d:\d\d [AP]M/g, "now")
    .replace(/T[\d:]+/g, "Tthen");
}

function environment(around: string): Record<string, string> {
  const home = join(around, "home");
  return {
    // DVC's queue starts `dvc` by its name.
    PATH: `${dirname(tool("dvc"))}:${process.env["PATH"] ?? ""}`,
    HOME: home,
    USER: "ada",
    SHELL: "/bin/sh",
    LANG: "C.UTF-8",
    TZ: "UTC",
    NO_COLOR: "1",
    TMPDIR: tmpdir(),
    PYTHONDONTWRITEBYTECODE: "1",
    DVC_NO_ANALYTICS: "1",
    DVC_SITE_CACHE_DIR: join(dirname(around), "site-cache"),
    DVC_GLOBAL_CONFIG_DIR: join(home, "global"),
    DVC_SYSTEM_CONFIG_DIR: join(home, "system"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
}
