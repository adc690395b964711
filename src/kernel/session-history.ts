import { historyFile } from "./history-file.ts";
import { type Content, type History, type HistoryEntry, openHistory } from "./protocol/index.ts";

/** The history of this session and earlier ones, opened with the first cell. */
export class SessionHistory {
  readonly #warn: (text: string) => void;
  #open: History | null = null;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  /** A cell runs whether or not it can be kept. */
  add(entry: HistoryEntry): void {
    try {
      this.#history().add(entry);
    } catch (error) {
      this.#inMemory(error).add(entry);
    }
  }

  reply(request: Content): Content {
    return this.#history().reply(request);
  }

  close(): void {
    this.#open?.close();
  }

  #history(): History {
    try {
      this.#open ??= openHistory(historyFile());
      return this.#open;
    } catch (error) {
      return this.#inMemory(error);
    }
  }

  #inMemory(error: unknown): History {
    this.#warn(`The history of cells is not kept, because ${historyFile()} cannot be written: ${error}`);
    this.#open = openHistory(null);
    return this.#open;
  }
}
