export { type Box, curvePaths } from "./curve-path.ts";
export { type ChartSize, curveSpec, type NamedSeries } from "./curve-spec.ts";
export { cutText } from "./cut-text.ts";
export { edgeKey, type GraphLayout, kin, layoutGraph, layoutKey, type NodePlace, nodeLetters } from "./graph-layout.ts";
export { foremostRows, type TimelineRow, timelineRows } from "./timeline-bars.ts";
