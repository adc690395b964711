import type { Project } from "../store/index.ts";
import { checkoutOuts, fetchData, fetchOuts, NoRemoteError } from "../version/index.ts";
import type { PullHooks } from "./reproduce-options.ts";

/**
 * What `repro --pull` gets from the default remote: the runs that others kept, and data that is missing here.
 *
 * @param folder what targets are relative to, absolute
 * @param onWarning told when there is no remote
 */
export function remoteHooks(
  project: Project,
  folder: string,
  onWarning: (text: string) => void = (text) => process.emitWarning(text),
): PullHooks {
  return {
    // No kind of output: only the runs.
    runs: async () => {
      try {
        await fetchData(project, { folder, runCache: true, kinds: [] });
      } catch (error) {
        // As DVC: what is missing then is told by the stage that needs it.
        if (!(error instanceof NoRemoteError)) throw error;
        onWarning(`Failed to pull run cache: ${error.message}`);
      }
    },
    data: async (targets) => {
      await fetchData(project, { folder, targets });
      await checkoutOuts(project, { folder, targets, allowMissing: true });
    },
    outs: (versions) => fetchOuts(project, versions),
  };
}
