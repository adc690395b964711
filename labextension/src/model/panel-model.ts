import { Poll } from "@lumino/polling";
import { type ISignal, Signal } from "@lumino/signaling";
import type { ExperimentsAnswer, RunRow, RunsAnswer } from "stemma/bundle";
import { filterOf } from "./filter.ts";
import { withColours } from "./run-colours.ts";
import { type Ask, OfflineError } from "./server.ts";

/** Runs of an experiment that the panel asks for first, and with each "more". */
const pageSize = 50;

export interface OpenExperiment {
  readonly id: string;
  readonly name: string;
  /** Runs that the experiment has, before a filter. */
  readonly total: number;
  readonly open: boolean;
  /** Null while they are loading, or when it is closed. Without a filter those that are nested in no other. */
  readonly runs: RunsAnswer | null;
  /** What is nested in the unfolded runs, by their ids. */
  readonly nested: Readonly<Record<string, RunsAnswer>>;
}

export type PanelState =
  | { readonly kind: "loading" }
  | { readonly kind: "offline"; readonly message: string }
  | {
      readonly kind: "ready";
      readonly project: string;
      readonly experiments: readonly OpenExperiment[];
      readonly filterError: string | null;
    };

/** What the panel lists. */
export type PanelTab = "runs" | "flows" | "data" | "models";

export interface PanelOptions {
  readonly ask: Ask;
  /** Whether nobody sees the panel: then nothing is asked. */
  readonly hidden: () => boolean;
}

/** What the panel shows: experiments and runs of the project that the current notebook is in. */
export class PanelModel {
  constructor(options: PanelOptions) {
    this.ask = options.ask;
    this.hidden = options.hidden;
    this._ask = options.ask;
    this._poll = new Poll({
      name: "jupyterlab-stemma:panel",
      factory: () => this._load(),
      frequency: { interval: 3_000, backoff: true, max: 60_000 },
      // The other tabs ask for themselves.
      standby: () => options.hidden() || document.hidden || this._tab !== "runs",
      auto: false,
    });
    void this._poll.start();
  }

  readonly ask: Ask;
  /** Whether nobody sees the panel. */
  readonly hidden: () => boolean;

  get tab(): PanelTab {
    return this._tab;
  }

  /** Raised by each refresh: the tabs beside the runs ask again. */
  get turn(): number {
    return this._turn;
  }

  showTab(tab: PanelTab): void {
    this._tab = tab;
    this._changed.emit();
    if (tab === "runs") void this._poll.refresh();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): PanelState {
    return this._state;
  }

  get filter(): string {
    return this._filter;
  }

  get folder(): string {
    return this._folder;
  }

  /** Ids of the selected runs, in the order of selection. */
  get selected(): readonly string[] {
    return this._selected;
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    if (this.isDisposed) return;
    this._poll.dispose();
    Signal.clearData(this);
  }

  /** Asks again at once. */
  refresh(): void {
    if (this.isDisposed) return;
    this._turn++;
    if (this._tab === "runs") void this._poll.refresh();
    else this._changed.emit();
  }

  /** Shows another folder's project. */
  setFolder(folder: string): void {
    if (folder === this._folder) return;
    this._folder = folder;
    this._selected = [];
    this._opened.clear();
    this._show({ kind: "loading" });
    this.refresh();
  }

  setFilter(text: string): void {
    this._filter = text;
    this._changed.emit();
    this.refresh();
  }

  toggleRun(id: string): void {
    const without = this._selected.filter((one) => one !== id);
    this._selected = without.length === this._selected.length ? [...without, id] : without;
    this._changed.emit();
  }

  clearSelection(): void {
    this._selected = [];
    this._changed.emit();
  }

  toggleExperiment(id: string, open: boolean): void {
    this._opened.set(id, { open, limit: pageSize });
    this._changed.emit();
    this.refresh();
  }

  /** Whether the runs nested in a run are shown. */
  isUnfolded(run: string): boolean {
    return this._unfolded.has(run);
  }

  toggleFold(run: string): void {
    if (!this._unfolded.delete(run)) this._unfolded.set(run, pageSize);
    this._changed.emit();
    if (this.isUnfolded(run)) this.refresh();
  }

  showMore(id: string): void {
    const limit = this._opened.get(id)?.limit ?? pageSize;
    this._opened.set(id, { open: true, limit: limit * 4 });
    this.refresh();
  }

  /** The same for the runs nested in a run. */
  showMoreNested(run: string): void {
    this._unfolded.set(run, (this._unfolded.get(run) ?? pageSize) * 4);
    this.refresh();
  }

  private async _load(): Promise<void> {
    const folder = this._folder;
    try {
      const answer = await this._ask<ExperimentsAnswer>("panel/experiments", { folder });
      const state = await this._opening(answer, folder);
      if (folder === this._folder) this._show(state);
    } catch (error) {
      if (this.isDisposed || folder !== this._folder) return;
      this._show({ kind: "offline", message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }

  private async _opening(answer: ExperimentsAnswer, folder: string): Promise<PanelState> {
    // Experiments without a run stand last, and closed.
    const rank = ({ runs, updatedMs }: ExperimentsAnswer["experiments"][number]): number => (runs > 0 ? updatedMs : 0);
    const newest = [...answer.experiments].sort((a, b) => rank(b) - rank(a));
    // Who looks for a run does not know which experiment it is in.
    const first = this._filter === "" ? 3 : 20;
    let filterError: string | null = null;
    const experiments = newest.map(async ({ id, name, runs: total }, index): Promise<OpenExperiment> => {
      const { open, limit } = this._opened.get(id) ?? { open: index < first && total > 0, limit: pageSize };
      if (!open || total === 0) return { id, name, total, open, runs: null, nested: {} };
      const query = { folder, experiment: id, filter: filterOf(this._filter), limit: String(limit) };
      const runs = await this._ask<RunsAnswer>("panel/runs", query).catch((error: unknown) => {
        if (error instanceof OfflineError || this._filter === "") throw error;
        filterError = error instanceof Error ? error.message : String(error);
        return null;
      });
      if (runs === null) return { id, name, total, open, runs, nested: {} };
      const nested = this._filter === "" ? await this._nested(folder, runs.runs) : {};
      return { id, name, total, open, ...coloured(runs, nested) };
    });
    return { kind: "ready", project: answer.project, experiments: await Promise.all(experiments), filterError };
  }

  /** What is nested in those of some runs that are unfolded, and in those of what is found so. */
  private async _nested(folder: string, runs: readonly RunRow[]): Promise<Record<string, RunsAnswer>> {
    const unfolded = runs.filter((run) => run.children > 0 && this.isUnfolded(run.id));
    const found = await Promise.all(
      unfolded.map(async ({ id }) => {
        const limit = String(this._unfolded.get(id) ?? pageSize);
        const answer = await this._ask<RunsAnswer>("panel/runs", { folder, parent: id, limit });
        return { [id]: answer, ...(await this._nested(folder, answer.runs)) };
      }),
    );
    return Object.assign({}, ...found);
  }

  private _show(state: PanelState): void {
    // A background poll that found nothing new must not touch the screen.
    if (JSON.stringify(state) === JSON.stringify(this._state)) return;
    this._state = state;
    this._changed.emit();
  }

  private readonly _ask: Ask;
  private readonly _poll: Poll<void, unknown>;
  private readonly _opened = new Map<string, { readonly open: boolean; readonly limit: number }>();
  /** With the number of nested runs to ask for. */
  private readonly _unfolded = new Map<string, number>();
  private readonly _changed = new Signal<this, void>(this);
  private _state: PanelState = { kind: "loading" };
  private _folder = "";
  private _filter = "";
  private _tab: PanelTab = "runs";
  private _turn = 0;
  private _selected: readonly string[] = [];
}

/** The answers with the colours of this page, in which no two runs are alike where there are colours enough. */
function coloured(runs: RunsAnswer, nested: OpenExperiment["nested"]): Pick<OpenExperiment, "runs" | "nested"> {
  const answers = [runs, ...Object.values(nested)];
  const rows = new Map(withColours(answers.flatMap((answer) => answer.runs)).map((row) => [row.id, row]));
  const of = (answer: RunsAnswer): RunsAnswer => ({
    ...answer,
    runs: answer.runs.map((row) => rows.get(row.id) ?? row),
  });
  return { runs: of(runs), nested: Object.fromEntries(Object.entries(nested).map(([id, answer]) => [id, of(answer)])) };
}
