import type { Activity, Entity } from "./fact.ts";

/** The id of the node that stands for an activity or an entity: see {@link LineageNode}. */
export function nodeId(of: Activity | Entity): string {
  switch (of.kind) {
    case "run":
      return `run:${of.id}`;
    case "step":
      return `step:${of.flow}/${of.step}/${of.key}`;
    case "cell":
      return `cell:${of.notebook}#${of.cell}`;
    case "data":
      return `data:${of.path}@${of.md5}`;
    case "value":
      return `value:${of.digest}`;
    case "artifact":
      return `artifact:${of.run}/${of.path}`;
    case "model":
      return `model:${of.name}@${of.version}`;
  }
}

/** Whether it is something that happens; the rest are things. */
export function isActivity(of: Activity | Entity): of is Activity {
  return of.kind === "run" || of.kind === "step" || of.kind === "cell";
}
