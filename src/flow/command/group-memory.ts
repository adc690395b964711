import { readdirSync, readFileSync } from "node:fs";

/** A process and what it has in memory. */
export interface MeasuredProcess {
  readonly pid: number;
  readonly bytes: number;
}

/** The processes of a group, by Linux's own table. */
export function processesIn(group: number): readonly MeasuredProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = statOf(name);
    return stat?.group === group ? [{ pid: Number(name), bytes: stat.bytes }] : [];
  });
}

/** Of nearly all Linux machines; where pages are larger, a limit is met later. */
const pageBytes = 4096;

function statOf(pid: string): { readonly group: number; readonly bytes: number } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // It ended between the two looks.
    return null;
  }
  // Behind the name, which may hold spaces and brackets: state, parent, group, …; the resident pages are the 22nd.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { group: Number(fields[2]), bytes: Number(fields[21]) * pageBytes };
}
