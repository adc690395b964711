/** How a run is written in DVCLive's layout. */
export interface DvcLiveOptions {
  /** The folder for it, relative to the project's root; `dvclive` without it. */
  readonly dir?: string;
  /** Whether `dvc.yaml` names its metrics, params and plots, so that DVC and its VS Code extension show them; true without it. */
  readonly dvcYaml?: boolean;
  /** Whether the run becomes an experiment when it ends, as `dvc exp save` makes one; true without it. */
  readonly save?: boolean;
}
