/**
 * twin("title", steps, options?) is one test: the steps are played with the real `dvc`, then with `stemma`, at the same path.
 * A step is a command without the tool's name ("add data.csv", or words: ["add", "a b.csv"]), or an edit: write(), remove(),
 * git(), or any function of the place ((place) => void). After every command both must agree in the exit code, in the answer of
 * `--json` (also `--show-json`), and in the tree: bytes, modes, links, git's index and refs; all but `.git` and `.dvc/tmp`.
 * said("status") compares the printed text too; differs("add x", "why", check) is a command where we part from DVC on purpose.
 * Games in a describe.concurrent() are played beside each other. mine(path, text) writes what no command may overwrite. At the end real dvc must say the same `status` of both.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { snapshot } from "./snapshot.ts";
import { type Ended, type Warm, warmDvc, warmStemma } from "./warm.ts";

/** Where a twin is played; both tools see the same paths. */
export interface Place {
  /** The repository. */
  readonly repo: string;
  /** The folder around it, compared too: other repositories, remotes, a cache outside. */
  readonly around: string;
  readonly who: "dvc" | "stemma";
  readonly env: Readonly<Record<string, string>>;
}

export type Edit = (place: Place) => void | Promise<void>;

interface Told {
  readonly argv: readonly string[];
  readonly text?: true;
  readonly mine?: { readonly path: string; readonly text: string };
  /** Only with {@link differs}. */
  readonly why?: string;
  readonly check?: (ended: Ended, place: Place) => void | Promise<void>;
  /** From the repository's root. */
  readonly cwd?: string;
}

export type Step = string | readonly string[] | Told | Edit;

export interface TwinOptions {
  /** `git` (without it): `git init`, `dvc init`, committed. `no-scm`: `dvc init --no-scm`. `bare-git`: only `git init`. `empty`: nothing. */
  readonly start?: "git" | "no-scm" | "bare-git" | "empty";
  readonly env?: Readonly<Record<string, string>>;
  /** `it.skip`, `it.fails` and the like. */
  readonly it?: (title: string, test: () => Promise<void>) => void;
}

const base = mkdtempSync(join(tmpdir(), "stemma-twin-"));
let tools: { readonly dvc: Warm; readonly stemma: Warm } | null = null;

beforeAll(async () => {
  const [dvc, stemma] = await Promise.all([warmDvc(), warmStemma()]);
  tools = { dvc, stemma };
});

afterAll(async () => {
  await Promise.all([tools?.dvc.close(), tools?.stemma.close()]);
  rmSync(base, { recursive: true, force: true });
});

/** One test; see the top of the file. */
export function twin(title: string, steps: readonly Step[], options: TwinOptions = {}): void {
  (options.it ?? it)(title, () => playBoth(steps, options));
}

/** A command whose printed text (standard output) is compared too. */
export function said(command: string | readonly string[]): Told {
  return { argv: words(command), text: true };
}

/** A command in a folder of the repository. */
export function inside(cwd: string, command: string | readonly string[]): Told {
  return { argv: words(command), cwd };
}

/** A command where Stemma parts from DVC on purpose: nothing is compared from here on; `check` says what holds for ours. */
export function differs(command: string | readonly string[], why: string, check: NonNullable<Told["check"]>): Told {
  return { argv: words(command), why, check };
}

/** Writes a file (or several), missing folders too. */
export function write(path: string, text: string | Uint8Array, mode?: number): Edit {
  return ({ repo }) => {
    const file = join(repo, path);
    mkdirSync(dirname(file), { recursive: true });
    // Over a link into the cache an editor would write a new file as well.
    rmSync(file, { force: true });
    writeFileSync(file, text, mode === undefined ? {} : { mode });
  };
}

/** A person's file that no command may change from here on. */
export function mine(path: string, text: string): Told {
  return { argv: [], mine: { path, text } };
}

export function remove(path: string): Edit {
  return ({ repo }) => rmSync(join(repo, path), { recursive: true });
}

/** One git command. */
export function git(...args: readonly string[]): Edit {
  return ({ repo, env }) => {
    execFileSync("git", args, { cwd: repo, env, stdio: "pipe" });
  };
}

/** Everything into a git commit. */
export function commit(message: string): Edit {
  return async (place) => {
    await git("add", "-A")(place);
    await git("commit", "-q", "--no-verify", "-m", message, "--allow-empty")(place);
  };
}

/** The real DVC with one command line, in both repositories: for what Stemma does not write itself. */
export function really(command: string | readonly string[], cwd = ""): Edit {
  return async (place) => {
    const ended = await warm("dvc").run({ argv: words(command), cwd: join(place.repo, cwd), env: place.env });
    if (ended.code !== 0) throw new Error(`dvc ${words(command).join(" ")}: ${ended.err}`);
  };
}

/** What the tool that plays says to a command; for answers that are not compared word by word. */
export function answer({ who, repo, env }: Place, argv: readonly string[]): Promise<Ended> {
  return warm(who).run({ argv, cwd: repo, env });
}

function warm(who: Place["who"]): Warm {
  if (tools === null) throw new Error("The tools start in beforeAll()");
  return tools[who];
}

function words(command: string | readonly string[]): readonly string[] {
  return typeof command === "string" ? command.split(" ").filter((word) => word !== "") : command;
}

interface Seen {
  readonly command: string;
  readonly told: Told;
  readonly ended: Ended;
  readonly tree: Readonly<Record<string, string>>;
}

async function playBoth(steps: readonly Step[], options: TwinOptions): Promise<void> {
  const game = mkdtempSync(join(base, "game-"));
  const theirs = await play("dvc", { steps, options, game });
  const ours = await play("stemma", { steps, options, game });
  for (const [i, own] of ours.entries()) {
    const real = theirs[i];
    if (real === undefined || own.told.why !== undefined) break;
    compare(real, own);
  }
  rmSync(game, { recursive: true, force: true });
}

function compare(real: Seen, own: Seen): void {
  const at = `${own.command}\n--- dvc (${real.ended.code})\n${real.ended.out}${real.ended.err}\n--- stemma (${own.ended.code})\n${own.ended.out}${own.ended.err}\n`;
  expect(own.ended.code, `exit code of ${at}`).toBe(real.ended.code);
  const { argv, text } = own.told;
  if ((argv.includes("--json") || argv.includes("--show-json")) && real.ended.code === 0) {
    expect(answerOf(own), `answer of ${at}`).toEqual(answerOf(real));
  }
  if (text === true) expect(own.ended.out, `text of ${at}`).toBe(real.ended.out);
  expect(own.tree, `tree after ${at}`).toEqual(real.tree);
}

/** The order of the lists of `data status` comes from Python's hash of texts, which differs from process to process. */
function answerOf({ told, ended }: Seen): unknown {
  const sortLists = told.argv[0] === "data";
  const revive = (_: string, value: unknown): unknown =>
    sortLists && Array.isArray(value)
      ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : value;
  return JSON.parse(ended.out, revive);
}

interface Game {
  readonly steps: readonly Step[];
  readonly options: TwinOptions;
  readonly game: string;
}

async function play(who: Place["who"], { steps, options, game }: Game): Promise<readonly Seen[]> {
  const around = join(game, "place");
  const place: Place = { around, repo: join(around, "repo"), who, env: { ...environment(game, who), ...options.env } };
  await prepare(place, options.start ?? "git");
  const kept: NonNullable<Told["mine"]>[] = [];
  const seen: Seen[] = [];
  for (const step of steps) {
    if (typeof step === "function") {
      await step(place);
      continue;
    }
    const told: Told = typeof step === "string" || Array.isArray(step) ? { argv: words(step) } : (step as Told);
    if (told.mine !== undefined) {
      await write(told.mine.path, told.mine.text)(place);
      kept.push(told.mine);
      continue;
    }
    const ended = await warm(who).run({ argv: told.argv, cwd: join(place.repo, told.cwd ?? ""), env: place.env });
    const command = `${who} ${told.argv.join(" ")}`;
    if (who === "stemma") await told.check?.(ended, place);
    for (const { path, text } of kept) expect(read(place, path), `${path} after ${command}`).toBe(text);
    seen.push({ command, told, ended, tree: snapshot(place) });
  }
  seen.push(await judged(place));
  renameSync(around, join(game, who));
  return seen;
}

/** What real DVC says of the repository in the end. */
async function judged(place: Place): Promise<Seen> {
  const argv = ["status", "--json"];
  if (!existsSync(join(place.repo, ".dvc"))) {
    return { command: "no repository", told: { argv: [] }, ended: { code: 0, out: "", err: "" }, tree: {} };
  }
  const ended = await warm("dvc").run({ argv, cwd: place.repo, env: place.env });
  return { command: `real dvc status after ${place.who}`, told: { argv }, ended, tree: {} };
}

function read({ repo }: Place, path: string): string {
  return readFileSync(join(repo, path), "utf8");
}

/** The same for both; neither the machine's configuration nor a cache of digests that another test filled may have a say. */
function environment(game: string, who: string): Record<string, string> {
  const home = join(game, "place", "home");
  const who_ = { NAME: "Ada Test", EMAIL: "ada@example.org", DATE: "2026-01-02T03:04:05+00:00" };
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    USER: "ada",
    SHELL: "/bin/sh",
    LANG: "C.UTF-8",
    TZ: "UTC",
    COLUMNS: "120",
    NO_COLOR: "1",
    TMPDIR: tmpdir(),
    DVC_NO_ANALYTICS: "1",
    DVC_SITE_CACHE_DIR: join(game, `${who}-site-cache`),
    DVC_GLOBAL_CONFIG_DIR: join(home, "global"),
    DVC_SYSTEM_CONFIG_DIR: join(home, "system"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    ...Object.fromEntries(
      ["AUTHOR", "COMMITTER"].flatMap((role) =>
        Object.entries(who_).map(([key, value]) => [`GIT_${role}_${key}`, value]),
      ),
    ),
  };
}

/** Made once a file, also for games that are played beside each other. */
const templates = new Map<string, Promise<void>>();

/** A repository as the real DVC starts it, copied for each game. */
async function prepare(place: Place, start: NonNullable<TwinOptions["start"]>): Promise<void> {
  const template = join(base, `template-${start}`);
  const made = templates.get(start) ?? makeTemplate({ ...place, repo: template }, start);
  templates.set(start, made);
  await made;
  mkdirSync(join(place.around, "home"), { recursive: true });
  writeFileSync(
    join(place.around, "home", ".gitconfig"),
    "[init]\n\tdefaultBranch = main\n[user]\n\tname = Ada Test\n\temail = ada@example.org\n",
  );
  cpSync(template, place.repo, { recursive: true, mode: 0 });
}

async function makeTemplate(place: Place, start: NonNullable<TwinOptions["start"]>): Promise<void> {
  mkdirSync(place.repo, { recursive: true });
  if (start === "git" || start === "bare-git") await git("init", "-q", "-b", "main")(place);
  if (start === "git") {
    await really("init -q")(place);
    await commit("start")(place);
  }
  if (start === "no-scm") await really("init -q --no-scm")(place);
}
