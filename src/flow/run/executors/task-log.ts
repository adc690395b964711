/** Of a longer log the beginning and the end are kept. */
const halfLength = 512 * 1024;

/** What one try of a step printed. */
export class TaskLog {
  #head = "";
  #tail = "";
  #left = 0;
  #length = 0;

  /** Characters that were printed so far. */
  get length(): number {
    return this.#length;
  }

  add(text: string): void {
    this.#length += text.length;
    const room = halfLength - this.#head.length;
    if (room > 0) this.#head += text.slice(0, room);
    if (text.length <= room) return;
    this.#tail += text.slice(Math.max(0, room));
    // Cut rarely: a step that prints line by line would copy the end each time.
    if (this.#tail.length <= 2 * halfLength) return;
    this.#left += this.#tail.length - halfLength;
    this.#tail = this.#tail.slice(-halfLength);
  }

  /** All of it; of a log beyond 1 MB the middle is left out, and said to be. */
  text(): string {
    const over = this.#tail.length - halfLength;
    const tail = over > 0 ? this.#tail.slice(over) : this.#tail;
    const left = this.#left + Math.max(0, over);
    return left === 0 ? this.#head + tail : `${this.#head}\n… ${left} characters left out …\n${tail}`;
  }

  /** The last `limit` characters; of more the first ones are left out, and said to be. */
  end(limit: number): string {
    if (this.#length <= limit) return this.#head + this.#tail;
    const tail = this.#tail.slice(-limit);
    const end = this.#head.slice(this.#head.length - Math.max(0, limit - tail.length)) + tail;
    return `… ${this.#length - limit} characters left out …\n${end}`;
  }

  /** The last lines, without empty ones; of a bar that is drawn over itself, as it is now. */
  lastLines(count: number): readonly string[] {
    const end = (this.#head + this.#tail).slice(-10_000);
    return end
      .split("\n")
      .map((line) => line.replace(/\r+$/, ""))
      .map((line) => line.slice(line.lastIndexOf("\r") + 1))
      .filter((line) => line.trim() !== "")
      .slice(-count);
  }
}
