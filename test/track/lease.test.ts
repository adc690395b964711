import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isDead, type Lease, thisProcess } from "../../src/track/lease.ts";

const now = 1_000_000;
const own = (change: Partial<Lease> = {}): Lease => ({ ...thisProcess(), expiresMs: now - 1, ...change });
const elsewhere = { host: "another", boot: "b", pid: 1, pidStart: "1" };
const deadPid = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

describe("a run", () => {
  it.each<[string, Lease, boolean]>([
    ["lives with its process, though the lease has run out in a long computation", own(), false],
    ["dies with its process, though the lease still runs", own({ pid: deadPid(), expiresMs: now + 1 }), true],
    ["dies when its pid is another process now", own({ pidStart: "another start", expiresMs: now + 1 }), true],
    ["dies with the boot of its machine", own({ boot: "another boot", expiresMs: now + 1 }), true],
    [
      "lives by its lease where the start of its process is unknown",
      own({ pidStart: null, expiresMs: now + 1 }),
      false,
    ],
    ["dies by its lease where the start of its process is unknown", own({ pidStart: null }), true],
    ["of another machine lives while its lease runs", { ...elsewhere, expiresMs: now + 1 }, false],
    ["of another machine dies when its lease has run out", { ...elsewhere, expiresMs: now - 1 }, true],
    [
      "that is continued elsewhere lives by its lease alone",
      own({ pid: null, boot: "another boot", expiresMs: now + 1 }),
      false,
    ],
  ])("%s", (_, lease, dead) => expect(isDead(lease, now)).toBe(dead));
});
