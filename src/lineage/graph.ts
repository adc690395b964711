import type { Activity, Entity } from "./fact.ts";

/** One node of the lineage graph; the id is made of what it stands for, so the same thing has the same id everywhere. */
export interface LineageNode {
  /** `run:<id>`, `step:<flow>/<step>/<key>`, `cell:<notebook>#<cell>`, `data:<path>@<md5>`, `value:<digest>`, `artifact:<run>/<path>`, `model:<name>@<version>` */
  readonly id: string;
  readonly of: Activity | Entity;
}

/** Arrows go with time: from what was used to what used it, from who made it to what was made. */
export interface LineageGraph {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}
