import type { MimeBundle } from "../host/index.ts";
import { htmlHeader } from "./html.ts";
import { formatBytes } from "./numbers.ts";

/** What is shown of versioned data. */
export interface DataFacts {
  readonly path: string;
  readonly md5: string;
  readonly bytes: number;
  /** Files in a folder; absent for a file. */
  readonly files?: number | null | undefined;
}

/** Versioned data in one line; HTML and text say all there is, so it needs no view of its own. */
export function dataBundle(data: DataFacts): MimeBundle {
  const files = typeof data.files === "number" && data.md5.endsWith(".dir") ? [`${data.files} files`] : [];
  const facts = [...files, formatBytes(data.bytes), `md5 ${data.md5}`];
  return { "text/html": htmlHeader(data.path, facts), "text/plain": [data.path, ...facts].join(" · ") };
}
