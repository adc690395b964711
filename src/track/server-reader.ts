import type { Project } from "../store/index.ts";
import type { RunReader } from "./run-reader.ts";
import { parseFilter, parseOrder } from "./search/index.ts";
import { addressOf, askAndWait, type RestOptions } from "./stores/index.ts";

/** The runs on a server, whose answers are waited for. */
export function serverReader(project: Project, options: RestOptions): RunReader {
  return {
    project,
    server: addressOf(options).url,
    run: (id) => askAndWait(options, "run", [id]),
    searchRuns: (query) => {
      // Here, so that a mistake in the filter is told with its place.
      parseFilter(query.filter ?? "");
      parseOrder(query.orderBy ?? []);
      return askAndWait(options, "searchRuns", [query]);
    },
    countRuns: (query) => askAndWait(options, "countRuns", [query]),
    experimentByName: (name) => askAndWait(options, "experimentByName", [name]),
    experiments: (lifecycle) => askAndWait(options, "experiments", [lifecycle]),
    metricHistory: (id, key) => askAndWait(options, "metricHistory", [id, key]),
    histories: (ids, limit) => askAndWait(options, "histories", [ids, limit]),
    artifacts: (id, folder) => askAndWait(options, "artifacts", [id, folder]),
    readArtifact: (id, path) => askAndWait(options, "readArtifact", [id, path]),
  };
}
