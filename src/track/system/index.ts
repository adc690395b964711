export { type SystemMetricsOptions, systemInterval, watchSystem } from "./watch.ts";
