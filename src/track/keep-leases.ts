import { openDatabase, type Project } from "../store/index.ts";
import { leaseOwner, renewLeases, renewMs } from "./lease.ts";

const kept = new Map<string, Project>();
let timer: NodeJS.Timeout | null = null;

/** Renews this process's leases in a project from now on, while there are any; keeps no process alive. */
export function keepLeases(project: Project): void {
  kept.set(project.root, project);
  timer ??= setInterval(renewAll, renewMs).unref();
}

function renewAll(): void {
  for (const project of kept.values()) {
    const database = openDatabase(project);
    const held = database.first("SELECT run FROM lease WHERE owner = ? LIMIT 1", leaseOwner);
    if (held === null) kept.delete(project.root);
    else database.write((sql) => renewLeases(sql, Date.now()));
  }
  if (kept.size > 0 || timer === null) return;
  clearInterval(timer);
  timer = null;
}
