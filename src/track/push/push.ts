import type { RunRecord } from "../record.ts";
import type { Models } from "../registry/index.ts";
import type { RunStore } from "../run-store.ts";
import type { RestRuns } from "../stores/index.ts";

/** A server's runs and models, both opened for the same address. */
export interface PushServer {
  readonly runs: RestRuns;
  readonly models: Models;
}

/** One run on its way. */
export interface Push {
  /** Where it comes from. */
  readonly here: { readonly runs: RunStore; readonly models: Models };
  readonly server: PushServer;
  readonly record: RunRecord;
  /** The run there. */
  readonly found: RunRecord;
  /** Grows with what the server does not take. */
  readonly problems: string[];
}
