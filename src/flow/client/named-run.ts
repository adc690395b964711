import { StemmaError } from "../../error.ts";
import type { Project } from "../../store/index.ts";
import { type FlowRunRecord, flowRun, flowRuns } from "../keep/index.ts";

/** No run of a flow has that id, or several begin with it. */
export class NoSuchRunError extends StemmaError {
  /** @param several ids that begin with what was asked for */
  constructor(id: string, several: readonly string[] = []) {
    const shown = several.slice(0, 5).map((one) => one.slice(0, 12));
    super(
      "NO_FLOW_RUN",
      several.length === 0
        ? `No flow had a run ${JSON.stringify(id)}. flow.runs() lists them.`
        : `${several.length} runs begin with ${id}: ${shown.join(", ")}${several.length > 5 ? " …" : ""}. Give more of the id.`,
    );
  }
}

/** Letters that the beginning of an id has at least. */
const shortest = 4;

/** The run of that id, or the only one whose id begins so. @throws {NoSuchRunError} */
export function namedRun(project: Project, id: string): FlowRunRecord {
  if (typeof id !== "string")
    throw new TypeError(`A run is named by its id, or how that begins, and not by ${typeof id}`);
  const whole = flowRun(project, id);
  if (whole !== null) return whole;
  const found = id.length >= shortest ? flowRuns(project, { id }) : [];
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new NoSuchRunError(
    id,
    found.map((run) => run.id),
  );
}
