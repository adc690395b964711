import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, Row } from "./bench.ts";
import { addRows } from "./version/add.ts";
import { checkoutRow } from "./version/checkout.ts";
import { hashRows } from "./version/hash.ts";

/** `version()` and the data verbs, beside `md5sum`, `cp -r`, a look at every file, and real DVC. */
export const bench: Bench = { name: "version", rows };

async function* rows(): AsyncIterable<Row> {
  // All folders stay until the end: ext4 is ten times slower where thousands of files were deleted a moment ago.
  const base = mkdtempSync(join(tmpdir(), "stemma-bench-version-"));
  try {
    yield* hashRows(base);
    yield* addRows(base);
    yield await checkoutRow(base);
  } finally {
    rmSync(base, { recursive: true });
  }
}
