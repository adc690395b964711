/** The registry and logged models of another store. */
export interface ForeignModels {
  registered(): readonly ForeignRegistered[];
  logged(): readonly ForeignLogged[];
}

type Texts = Readonly<Record<string, string>>;

export interface ForeignRegistered {
  readonly name: string;
  readonly description: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Texts;
  /** Versions by alias. */
  readonly aliases: Readonly<Record<string, number>>;
  readonly versions: readonly ForeignVersion[];
}

export interface ForeignVersion {
  readonly version: number;
  readonly stage: string;
  readonly description: string;
  readonly source: string;
  /** Where the files lie, by a URI of that store. */
  readonly location: string;
  readonly run: string | null;
  readonly runLink: string | null;
  readonly status: string;
  readonly deleted: boolean;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Texts;
}

export interface ForeignLogged {
  readonly id: string;
  /** Its experiment's id there. */
  readonly experiment: string;
  readonly name: string;
  readonly type: string | null;
  readonly status: "PENDING" | "READY" | "FAILED";
  readonly lifecycle: "active" | "deleted";
  readonly sourceRun: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Texts;
  readonly params: Texts;
  readonly metrics: readonly ForeignModelMetric[];
  readonly artifactUri: string;
  readonly artifactFolders: readonly string[];
}

export interface ForeignModelMetric {
  readonly key: string;
  readonly run: string;
  readonly datasetName: string;
  readonly datasetDigest: string;
  readonly step: number;
  readonly timeMs: number;
  readonly value: number;
}

/** That a run took or made a logged model. */
export interface ForeignRunModel {
  readonly role: "input" | "output";
  readonly model: string;
  readonly step: number;
}
