type Environment = Readonly<Record<string, string>>;

/** What this process saw last: to read it takes longer than to run a small step. */
let last: Environment | null = null;

function environment(): Environment {
  last ??= Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
  return last;
}

/** Has the environment read again: a cell, or a step in this thread, may have changed it. */
export function readEnvironmentAgain(): void {
  last = null;
}

/** The environment of this process, as one worker knows it. */
export class SentEnvironment {
  #sent: Environment | null = null;

  /** The environment, where it is not what was sent last; null where it is. */
  changed(): Environment | null {
    const before = this.#sent;
    const now = environment();
    if (now === before) return null;
    this.#sent = now;
    const names = Object.keys(now);
    const same = before !== null && names.length === Object.keys(before).length;
    return same && names.every((name) => before[name] === now[name]) ? null : now;
  }
}
