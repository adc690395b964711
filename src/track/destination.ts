import { ValueError } from "./params.ts";
import { type Models, openRestModels } from "./registry/index.ts";
import { addressOf, openRestRuns, type RestOptions, type RestRuns, realMachine } from "./stores/index.ts";

/** What `track.use()` takes: the address of an MLflow server, with what it wants to know of us; null or "local" for the project. */
export type UseTarget = string | (RestOptions & { readonly uri: string }) | null;

/** What was asked for in code; undefined while only the environment tells. */
let chosen: UseTarget | undefined;
let connection: (Destination & { readonly key: string }) | null = null;

/** The server that runs are kept on too. */
export interface Destination {
  readonly server: RestRuns;
  /** The same, asked only twice: nobody waits long for a run to open. */
  readonly hasty: RestRuns;
  /** Its registry and logged models. */
  readonly models: Models;
}

/** Keeps the runs of this process on a server from now on, or in the project only. @throws {ValueError} no address of a server */
export function useDestination(target: UseTarget): void {
  const options = optionsOf(target);
  if (options !== null) addressOf(options);
  chosen = target;
}

/** The server that new runs are kept on too; null where they are kept in the project only. @throws {ValueError} */
export function destination(): Destination | null {
  const options = destinationOptions();
  if (options === null) return null;
  // A token may change while a kernel runs.
  const key = JSON.stringify([options, addressOf(options)]);
  if (connection?.key !== key)
    connection = {
      key,
      server: openRestRuns(options),
      hasty: openRestRuns(options, { ...realMachine, attempts: 2 }),
      models: openRestModels(options),
    };
  return connection;
}

/** How the server of {@link destination} is reached. */
export function destinationOptions(): RestOptions | null {
  return optionsOf(chosen === undefined ? (process.env["MLFLOW_TRACKING_URI"] ?? null) : chosen);
}

function optionsOf(target: UseTarget): RestOptions | null {
  const options = typeof target === "string" ? { uri: target } : target;
  if (options === null || options.uri === "" || options.uri === "local") return null;
  if (!/^https?:/i.test(options.uri)) throw new ValueError(noServer(options.uri));
  return options;
}

/** Why an address that MLflow knows is none for us, with the way out. */
function noServer(uri: string): string {
  const shown = JSON.stringify(uri.replace(/\/\/[^@/]*@/, "//"));
  const unset = "Without MLFLOW_TRACKING_URI, or with track.use(null), runs are kept in the project.";
  if (/^databricks/i.test(uri))
    return `The tracking address is ${shown}; Stemma does not speak Databricks' own sign-in. Give the workspace's address as https://…, and a token in MLFLOW_TRACKING_TOKEN. ${unset}`;
  if (/^(sqlite|postgresql|mysql|mssql)/i.test(uri))
    return `The tracking address is ${shown}, a database of MLflow's, which only MLflow itself writes. Start "mlflow server --backend-store-uri ${shown.slice(1, -1)}" and give its http address, or take its runs over with "stemma runs import". ${unset}`;
  return `The tracking address is ${shown}; an http or https one is wanted. A folder of MLflow runs is taken over with "stemma runs import". ${unset}`;
}
