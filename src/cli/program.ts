import { Command, CommanderError } from "commander";
import { errorFacts } from "../error.ts";
import type { Register } from "./command.ts";
import { dataCommands } from "./data/index.ts";
import { failureCode, usageCode } from "./exit-code.ts";
import { packageVersion } from "./package-version.ts";
import { refusedVerb, refusedVerbs } from "./refused.ts";

const notebook = async (): Promise<Register> => (await import("./export.ts")).registerExport;

const listFiles = async (): Promise<Register> => (await import("./remote/list.ts")).registerList;
const listUrl = async (): Promise<Register> => (await import("./remote/list.ts")).registerListUrl;
const sync = async (): Promise<Register> => (await import("./remote/sync.ts")).registerSync;

const experiments = async (): Promise<Register> => (await import("./exp/index.ts")).registerExp;

const freeze = async (): Promise<Register> => (await import("./pipeline/freeze.ts")).registerFreeze;

/** Loaded by need: `stemma status` in a loop should not wait for the exporter's parsers. */
const commands: Readonly<Record<string, (word: string) => Promise<Register>>> = {
  runs: async (word) => (await import("./runs/index.ts")).loadRuns(word),
  models: async () => (await import("./models/index.ts")).registerModels,
  flow: async () => (await import("./flow/index.ts")).registerFlow,
  catalog: async () => (await import("./catalog.ts")).registerCatalog,
  ...dataCommands,
  "git-hook": async () => (await import("./data/git-hook.ts")).registerGitHook(main),
  stage: async () => (await import("./pipeline/stage.ts")).registerStage,
  dag: async () => (await import("./pipeline/dag.ts")).registerDag,
  freeze,
  unfreeze: freeze,
  params: async () => (await import("./pipeline/values.ts")).registerParams,
  metrics: async () => (await import("./pipeline/values.ts")).registerMetrics,
  plots: async () => (await import("./pipeline/plots.ts")).registerPlots,
  repro: async () => (await import("./pipeline/repro.ts")).registerRepro,
  exp: experiments,
  experiments,
  queue: async () => (await import("./exp/queue.ts")).registerQueue,
  push: sync,
  fetch: sync,
  pull: sync,
  import: async () => (await import("./remote/import.ts")).registerImport,
  "import-url": async () => (await import("./remote/import.ts")).registerImportUrl,
  update: async () => (await import("./remote/import.ts")).registerUpdate,
  get: async () => (await import("./remote/get.ts")).registerGet,
  "get-url": async () => (await import("./remote/get.ts")).registerGetUrl,
  list: listFiles,
  ls: listFiles,
  "list-url": listUrl,
  "ls-url": listUrl,
  gc: async () => (await import("./remote/gc.ts")).registerGc,
  remote: async () => (await import("./remote/remote.ts")).registerRemote,
  ...Object.fromEntries(refusedVerbs.map((name) => [name, async () => refusedVerb(name)])),
  export: notebook,
  notebook,
  kernel: async () => (await import("./kernel.ts")).registerKernel,
  lab: async () => (await import("./lab/index.ts")).registerLab,
  exec: async () => (await import("./exec.ts")).registerExec,
  serve: async () => (await import("./serve.ts")).registerServe,
  doctor: async () => (await import("./doctor.ts")).registerDoctor,
};

/**
 * Runs one command line.
 *
 * @param argv what stands behind `stemma`
 * @returns the exit code: 0, 1 for an error, 2 for a wrong use; the DVC verbs end as DVC's do
 */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const { flags, words, verb, next } = withoutFlags(argv);
  const program = stemma(flags);
  // `stemma runs list | head` closes the pipe early: that is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  try {
    for (const register of await registersOf(verb ?? words[0], next)) {
      register(program, (other) => {
        code = other;
      });
    }
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (thrown) {
    return failed(thrown, verb ?? "");
  }
}

/** What the command of this name needs, of a group the one of the next word; everything for help and for a name that is none. */
async function registersOf(name = "", next = ""): Promise<readonly Register[]> {
  if (name === "--version") return [];
  // What completes commands has to know all of them.
  const one = name !== "completion" && Object.hasOwn(commands, name) ? commands[name] : undefined;
  const wanted = one === undefined ? [...new Set(Object.values(commands))] : [one];
  return Promise.all(wanted.map((load) => load(one === undefined ? "" : next)));
}

const verbFlags: Readonly<Record<string, "quiet" | "verbose">> = {
  "-q": "quiet",
  "--quiet": "quiet",
  "-v": "verbose",
  "--verbose": "verbose",
};

interface Words {
  /** `-q` and `-v` that stand before the verb, as they may in DVC. */
  readonly flags: readonly string[];
  /** The line without them. */
  readonly words: readonly string[];
  readonly verb: string | undefined;
  /** The word behind the verb. */
  readonly next: string | undefined;
}

function withoutFlags(argv: readonly string[]): Words {
  const flags: string[] = [];
  const words: string[] = [];
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (!word.startsWith("-") || word === "-") break;
    if (Object.hasOwn(verbFlags, word)) flags.push(word);
    else words.push(word);
    if (word === "--cd" && at + 1 < argv.length) words.push(argv[++at] ?? "");
  }
  return { flags, words: [...words, ...argv.slice(at)], verb: argv[at], next: argv[at + 1] };
}

/** Commander takes an option of the program's from behind a verb too, so these are given to the verb when it is known. */
function setFlags(action: Command, flags: readonly string[]): void {
  for (const flag of flags) {
    const name = verbFlags[flag] ?? "quiet";
    if (!action.options.some((option) => option.attributeName() === name))
      action.error(`error: unknown option '${flag}'`);
    action.setOptionValue(name, true);
  }
}

function stemma(flags: readonly string[]): Command {
  return new Command("stemma")
    .description("Track runs, version data and run flows from TypeScript notebooks")
    .version(packageVersion(), "-V, --version")
    .option("--cd <path>", "change to a folder first")
    .option("--wait-for-lock", "wait while another process works in the repository, as long as it takes")
    .addHelpText("after", "\n-q, --quiet and -v, --verbose of a verb may stand before it, as in DVC.")
    .hook("preAction", (program, action) => {
      setFlags(action, flags);
      const { cd } = program.opts<{ readonly cd?: string }>();
      if (cd !== undefined) process.chdir(cd);
    })
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, "ERROR:")) })
    .showHelpAfterError("(see --help)");
}

function failed(thrown: unknown, verb: string): number {
  if (thrown instanceof CommanderError) {
    // Help and version "fail" with 0; a wrong use has been told already.
    if (thrown.exitCode === 0) return 0;
    return usageCode(verb);
  }
  const { message, stack } = errorFacts(thrown);
  const debug = process.env["STEMMA_DEBUG"] === "1" && stack !== undefined;
  process.stderr.write(`ERROR: ${debug ? stack : message}\n`);
  return failureCode(thrown, verb);
}
