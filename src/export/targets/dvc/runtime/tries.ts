/**
 * How often and how long a step may be tried, and in which environment.
 *
 * This file is copied into exported projects: it imports nothing but Node's own modules.
 */
export interface Tries {
  /** Tries in all. */
  readonly attempts: number;
  readonly waitMs: number;
  /** Each wait is so many times as long as the one before. */
  readonly backoff: number;
  /** What stands for the result when all tries failed. */
  readonly caught?: { readonly value: unknown };
  /** For each try; null: no limit. Code that never awaits is not interrupted. */
  readonly timeoutMs: number | null;
}

/** The result of the first try that does not throw. */
export async function tries<T>(
  run: (attempt: number, signal: AbortSignal) => T,
  { attempts, waitMs, backoff, caught, timeoutMs }: Tries,
): Promise<Awaited<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await limited((signal) => run(attempt, signal), timeoutMs);
    } catch (error) {
      if (attempt >= attempts) {
        if (caught === undefined) throw error;
        console.error(error);
        return structuredClone(caught.value) as Awaited<T>;
      }
      await new Promise((resume) => setTimeout(resume, waitMs * backoff ** (attempt - 1)));
    }
  }
}

let leftBehind = false;

async function limited<T>(run: (signal: AbortSignal) => T, timeoutMs: number | null): Promise<Awaited<T>> {
  const stop = new AbortController();
  if (timeoutMs === null) return await run(stop.signal);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no result within ${timeoutMs} ms`);
      leftBehind = true;
      reject(error);
      stop.abort(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([run(stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends the stage, also where a try that took too long still goes on. */
export function done(): void {
  if (leftBehind) process.exit();
}

/** Calls a step that sees an environment of its own; the others see what it was before. */
export async function inEnvironment<T>(env: Readonly<Record<string, string>>, run: () => T): Promise<Awaited<T>> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    return await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
