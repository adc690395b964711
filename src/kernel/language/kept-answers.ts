import type { CellMode } from "./cell-mode.ts";

/** What an answer of TypeScript's about a text depends on. */
export interface Question {
  readonly source: string;
  /** Of earlier cells. */
  readonly declarations: string;
  /** What holds in the folder; another object where that has changed. */
  readonly folder: CellMode;
  /** Of the files on disk. */
  readonly revision: number;
}

/** Whether two questions have the same answer. */
export function isSameQuestion(one: Question, other: Question): boolean {
  return (
    one.revision === other.revision &&
    one.folder === other.folder &&
    one.source === other.source &&
    one.declarations === other.declarations
  );
}

/** How many answers are kept: people run a cell again, or a few in turns. */
const most = 16;

/** The answers to the last questions: a cell that is run again is not compiled again. */
export class KeptAnswers<T> {
  readonly #kept: { readonly question: Question; readonly answer: T }[] = [];

  get(question: Question): T | undefined {
    return this.#kept.find((one) => isSameQuestion(one.question, question))?.answer;
  }

  keep(question: Question, answer: T): void {
    const index = this.#kept.findIndex((one) => isSameQuestion(one.question, question));
    if (index >= 0) this.#kept.splice(index, 1);
    this.#kept.unshift({ question, answer });
    this.#kept.splice(most);
  }

  clear(): void {
    this.#kept.length = 0;
  }
}
