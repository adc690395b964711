import type { StatusCard, StatusCardPart } from "../status/index.ts";

/** Cards of a run that are drawn with it, and characters of each: the rest is kept, and the panel has it. */
export const cardLimit = 12;
const cardLength = 40_000;

/** The newest cards of a run, as they are drawn under its cell. */
export class ShownCards {
  readonly #cards = new Map<string, { readonly card: StatusCard; readonly parts: StatusCardPart[]; length: number }>();

  add(step: string, indices: readonly number[], part: StatusCardPart): void {
    const key = `${step} ${indices.join(" ")}`;
    const parts: StatusCardPart[] = [];
    const known = this.#cards.get(key) ?? { card: { step, indices, parts }, parts, length: 0 };
    // The newest stands last.
    this.#cards.delete(key);
    this.#cards.set(key, known);
    const progress = part.kind === "progress" ? known.parts.findIndex(({ kind }) => kind === "progress") : -1;
    if (progress !== -1) known.parts[progress] = part;
    else this.#push(known, part);
    const [oldest] = this.#cards.keys();
    if (this.#cards.size > cardLimit && oldest !== undefined) this.#cards.delete(oldest);
  }

  clear(step: string, indices: readonly number[]): void {
    this.#cards.delete(`${step} ${indices.join(" ")}`);
  }

  all(): readonly StatusCard[] {
    return [...this.#cards.values()].map(({ card, parts }) => ({ ...card, parts: [...parts] }));
  }

  #push(known: { readonly parts: StatusCardPart[]; length: number }, part: StatusCardPart): void {
    const { length } = JSON.stringify(part);
    if (known.length + length > cardLength) {
      if (known.parts.at(-1)?.kind !== "more") known.parts.push({ kind: "more" });
      return;
    }
    known.length += length;
    known.parts.push(part);
  }
}
