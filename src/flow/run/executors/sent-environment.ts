/** The environment of this process, as one worker knows it. */
export class SentEnvironment {
  #sent: Readonly<Record<string, string>> | null = null;

  /** The environment, where it is not what was sent last; null where it is. */
  changed(): Readonly<Record<string, string>> | null {
    const now = Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    );
    const before = this.#sent;
    const names = Object.keys(now);
    const same = before !== null && names.length === Object.keys(before).length;
    if (same && names.every((name) => before[name] === now[name])) return null;
    this.#sent = now;
    return now;
  }
}
