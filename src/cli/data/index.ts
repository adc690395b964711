import type { Register } from "../command.ts";

type Load = () => Promise<Register>;

const files = (name: "registerMove" | "registerRemove" | "registerUnprotect"): Load => {
  return async () => (await import("./files.ts"))[name];
};
const project = (name: "registerInit" | "registerDestroy" | "registerInstall"): Load => {
  return async () => (await import("./project.ts"))[name];
};

// One loader for both names: a command with an alias is registered once.
const move = files("registerMove");
const remove = files("registerRemove");

/** DVC's verbs about data, by name; each is loaded when it is called. */
export const dataCommands: Readonly<Record<string, Load>> = {
  init: project("registerInit"),
  add: async () => (await import("./add.ts")).registerAdd,
  commit: async () => (await import("./commit.ts")).registerCommit,
  checkout: async () => (await import("./checkout.ts")).registerCheckout,
  status: async () => (await import("./status.ts")).registerStatus,
  diff: async () => (await import("./diff.ts")).registerDiff,
  data: async () => (await import("./data.ts")).registerDataStatus,
  move,
  mv: move,
  remove,
  rm: remove,
  unprotect: files("registerUnprotect"),
  root: async () => (await import("./root.ts")).registerRoot,
  config: async () => (await import("./config.ts")).registerConfig,
  cache: async () => (await import("./cache.ts")).registerCache,
  "check-ignore": async () => (await import("./check-ignore.ts")).registerCheckIgnore,
  completion: async () => (await import("./completion.ts")).registerCompletion,
  du: async () => (await import("./du.ts")).registerDu,
  version: async () => (await import("./version.ts")).registerVersion,
  install: project("registerInstall"),
  destroy: project("registerDestroy"),
};
