import type { Project } from "../store/index.ts";
import { checkoutOuts, fetchData, fetchOuts } from "../version/index.ts";
import type { PullHooks } from "./reproduce-options.ts";

/**
 * What `repro --pull` gets from the default remote: the runs that others kept, and data that is missing here.
 *
 * @param folder what targets are relative to, absolute
 */
export function remoteHooks(project: Project, folder: string): PullHooks {
  return {
    // No kind of output: only the runs.
    runs: async () => {
      await fetchData(project, { folder, runCache: true, kinds: [] });
    },
    data: async (targets) => {
      await fetchData(project, { folder, targets });
      await checkoutOuts(project, { folder, targets, allowMissing: true });
    },
    outs: (versions) => fetchOuts(project, versions),
  };
}
