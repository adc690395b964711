import { drawable } from "../../host/index.ts";
import type { KeptCard, KeptCardPart } from "../keep/index.ts";
import type { FlowStatus } from "../status/index.ts";
import { cardPage } from "./card-page.ts";

/** What one task showed its reader; draws itself. */
export class FlowCard {
  readonly step: string;
  readonly indices: readonly number[];
  /** In the order in which the step showed them: plain JSON with a `kind`. */
  readonly parts: readonly KeptCardPart[];
  /** Id of the run that made it, where this one took the step's result from there; null: this run made it. */
  readonly madeBy: string | null;
  readonly #status: () => FlowStatus;

  constructor(card: KeptCard, status: () => FlowStatus) {
    this.step = card.step;
    this.indices = card.indices;
    this.parts = card.parts;
    this.madeBy = card.madeBy ?? null;
    this.#status = status;
  }

  /** A page of its own: texts, tables and pictures are in it, charts too where the package vega is installed. */
  html(): string {
    return cardPage(this.step, [this]);
  }

  /** The run with this card alone, as it is drawn. */
  status(): FlowStatus {
    return { ...this.#status(), cards: [this], logs: [] };
  }
}

drawable(FlowCard.prototype, "flow-card");
