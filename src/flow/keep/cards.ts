import type { Project } from "../../store/index.ts";
import { groupWriter } from "./group-writer.ts";
import { KeptTexts } from "./kept-text.ts";

/** Whose card it is. */
export interface CardOwner {
  /** Id of the parent run. */
  readonly run: string;
  readonly step: string;
  readonly indices: readonly number[];
}

/** One thing on a card: plain JSON with a `kind`. */
export interface KeptCardPart {
  readonly kind: string;
}

/** Longer parts are objects. */
const rowLength = 64 * 1024;

/** The cards of one run, as its steps write them. */
export class CardWriter {
  readonly #project: Project;
  readonly #run: string;
  readonly #texts: KeptTexts;
  /** How many parts a card has, and which of them is its progress: that one is written again and again. */
  readonly #cards = new Map<string, { parts: number; progress: number | null }>();
  #failure: { readonly error: unknown } | null = null;

  constructor(project: Project, run: string) {
    this.#project = project;
    this.#run = run;
    this.#texts = new KeptTexts(project);
  }

  /** Adds a part with the next group. */
  add({ step, indices }: Omit<CardOwner, "run">, part: KeptCardPart): void {
    const item = indices.join(" ");
    const number = this.#number(`${step} ${item}`, part.kind);
    const text = JSON.stringify(part);
    const object = text.length > rowLength ? this.#texts.objects.put(text) : null;
    groupWriter(this.#project).soon(
      (sql) =>
        sql.run(
          "INSERT OR REPLACE INTO flow_card (run, step, item, part, kind, body, object, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          ...[this.#run, step, item, number, part.kind, object === null ? text : "", object, Date.now()],
        ),
      (error) => {
        this.#failure = { error };
      },
    );
  }

  /** Begins a card anew: a step that is tried again shows what its last try showed. */
  clear({ step, indices }: Omit<CardOwner, "run">): void {
    const item = indices.join(" ");
    if (!this.#cards.delete(`${step} ${item}`)) return;
    groupWriter(this.#project).soon(
      (sql) => sql.run("DELETE FROM flow_card WHERE run = ? AND step = ? AND item = ?", this.#run, step, item),
      (error) => {
        this.#failure = { error };
      },
    );
  }

  /** Resolves when all is written. @throws what kept a part from being written */
  async settled(): Promise<void> {
    await groupWriter(this.#project).settled();
    if (this.#failure !== null) throw this.#failure.error;
  }

  #number(key: string, kind: string): number {
    const card = this.#cards.get(key) ?? { parts: 0, progress: null };
    this.#cards.set(key, card);
    if (kind === "progress" && card.progress !== null) return card.progress;
    if (kind === "progress") card.progress = card.parts;
    return card.parts++;
  }
}
