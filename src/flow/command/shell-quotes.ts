/** What a character of a command stands in. `(`: a command inside another one, `$(…)`, whose quotes are its own. */
type Context = "'" | '"' | "(" | "`" | "#";

/**
 * Which characters of a command a POSIX shell takes as quoted: there, quotes that somebody puts around a value would end those
 * that are open. What stands behind a here-document (`<<`) is not looked at.
 */
export function quotedAt(command: string): (at: number) => boolean {
  const quoted = new Set<number>();
  const open: Context[] = [];
  for (let at = 0; at < command.length; at++) {
    const inside = open.at(-1);
    if (inside === "'" || inside === '"') quoted.add(at);
    if (inside === undefined && /^<<[^<]/.test(command.slice(at)) && command[at - 1] !== "<") break;
    const step = move(command, at, inside);
    if (step.closes) open.pop();
    if (step.opens !== undefined) open.push(step.opens);
    at += step.skips;
  }
  return (at) => quoted.has(at);
}

interface Move {
  readonly closes?: boolean;
  readonly opens?: Context;
  /** Characters behind this one that say nothing. */
  readonly skips: number;
}

const on: Move = { skips: 0 };

function move(command: string, at: number, inside: Context | undefined): Move {
  const letter = command[at] ?? "";
  if (inside === "'" || inside === "#") return letter === (inside === "'" ? "'" : "\n") ? { ...on, closes: true } : on;
  if (letter === "\\") return { skips: 1 };
  if (letter === "$" && command[at + 1] === "(") return { opens: "(", skips: 1 };
  if (letter === "`") return inside === "`" ? { ...on, closes: true } : { ...on, opens: "`" };
  if (letter === '"') return inside === '"' ? { ...on, closes: true } : { ...on, opens: '"' };
  if (inside === '"') return on;
  if (letter === "'") return { ...on, opens: "'" };
  if (letter === "#" && /[\s;&|(]/.test(command[at - 1] ?? " ")) return { ...on, opens: "#" };
  if (letter === "(") return { ...on, opens: "(" };
  return letter === ")" && inside === "(" ? { ...on, closes: true } : on;
}
