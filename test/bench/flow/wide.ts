/** Prints by how many MB a process has grown when a map of 10,000 has run in it. */
import { flow } from "../../../src/flow/index.ts";
import { setRenderer } from "../../../src/host/index.ts";

setRenderer("flow-run", () => ({ "text/plain": "" }));
const next = ({ n }: { n: number }): number => n + 1;
const small = flow("small", { items: [1, 2, 3] }, (f, p) => f.map(p.items, (n) => f.step(next, { n })));
await small.run();
const items = Array.from({ length: 10_000 }, (_, i) => i);
const wide = flow("wide", { items }, (f, p) => f.map(p.items, (n) => f.step(next, { n })));
const before = process.memoryUsage.rss();
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 20);
await wide.run();
clearInterval(watch);
process.stdout.write(`${(Math.max(most, process.memoryUsage.rss()) - before) / 2 ** 20}\n`);
