import type { Register } from "../command.ts";

type Load = () => Promise<Register>;

// One loader for the names of one file: it registers all of them.
const list: Load = async () => (await import("./list.ts")).registerList;
const change: Load = async () => (await import("./change.ts")).registerChange;
const keep: Load = async () => (await import("./keep.ts")).registerKeep;

/** In the order of the help. */
const verbs: Readonly<Record<string, Load>> = {
  list,
  search: list,
  show: async () => (await import("./show.ts")).registerShow,
  compare: async () => (await import("./compare.ts")).registerCompare,
  start: async () => (await import("./start.ts")).registerStart,
  log: async () => (await import("./log.ts")).registerLog,
  end: async () => (await import("./end.ts")).registerEnd,
  delete: change,
  restore: change,
  rename: change,
  experiments: async () => (await import("./experiments.ts")).registerExperiments,
  import: async () => (await import("./import.ts")).registerImport,
  export: async () => (await import("./export.ts")).registerExport,
  push: async () => (await import("./push.ts")).registerPush,
  gc: keep,
  check: keep,
  reproduce: async () => (await import("./reproduce.ts")).registerReproduce,
};

/**
 * `stemma runs …`: the project's runs, or those on the server of MLFLOW_TRACKING_URI.
 *
 * @param verb the word behind `runs`: only what it needs is loaded; all of them for help and for a name that is none
 */
export async function loadRuns(verb: string): Promise<Register> {
  const one = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  const wanted = one === undefined ? [...new Set(Object.values(verbs))] : [one];
  const commands = await Promise.all(wanted.map((load) => load()));
  return (program, exit) => {
    const runs = program
      .command("runs")
      .description("Runs that are tracked: look at them, write them, bring them in and out");
    for (const register of commands) register(runs, exit);
  };
}
