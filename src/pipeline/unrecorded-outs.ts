import type { Project } from "../store/index.ts";
import { openSession } from "./session.ts";
import { lockedOut } from "./stage-state.ts";

/** Cached outputs that `dvc.yaml` names and no lock records, of stages that never ran: paths from the project's root. */
export function unrecordedOuts(project: Project): readonly string[] {
  // A pipeline that cannot be read is told by the verbs about pipelines.
  const { pipelines } = openSession(project, { onError: () => {} });
  return pipelines.stages.flatMap((stage) =>
    stage.kind === "data"
      ? []
      : stage.outs.flatMap((out) =>
          out.path !== null && out.cache && lockedOut(stage, out) === null ? [out.path] : [],
        ),
  );
}
