export { appendPoints, storable } from "./append.ts";
export { foldInBackground } from "./background.ts";
export { type Columns, columnsFrom, columnsOf, pointsFrom } from "./columns.ts";
export { dropSegments, type Folded, foldRun, foldSegments } from "./fold.ts";
export { knownNameId, nameId } from "./name-id.ts";
export { expectFlush, flushWriters, registerWriter } from "./open-writers.ts";
export { type MetricSummary, type RunKey, readLatest, readSeries, withTails } from "./read.ts";
export { listSegments, type Segment, tailFolder } from "./tail.ts";
export { TailWriteError, TailWriter } from "./tail-writer.ts";
