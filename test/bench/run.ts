/** `npm run bench [-- NAME…] [--json FILE]`: runs the benchmarks named, or all, and prints one row a case. */
import { readdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Bench, Row } from "./bench.ts";

const frame = new Set(["bench.ts", "run.ts"]);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
  const available = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".ts") && !frame.has(file))
    .map((file) => file.slice(0, -3));
  const unknown = positionals.filter((name) => !available.includes(name));
  if (unknown.length > 0) {
    console.error(`No benchmark named ${unknown.join(", ")}. There are: ${available.join(", ")}.`);
    return 2;
  }
  const rows = await runAll(positionals.length > 0 ? positionals : available);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  return 0;
}

async function runAll(names: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  console.log(line(["bench", "case", "ours", "peer", "", "ratio", "goal", ""]));
  for (const name of names) {
    const { bench } = (await import(`./${name}.ts`)) as { readonly bench: Bench };
    for await (const row of bench.rows()) {
      rows.push(row);
      console.log(line(cells(row)));
      if (row.note !== undefined) console.log(`${" ".repeat(10)}${row.note}`);
    }
  }
  return rows;
}

function cells(row: Row): readonly string[] {
  const met = row.met === null ? "" : row.met ? "met" : "not met";
  const figure = (value: number): string => `${Number(value.toPrecision(3)).toLocaleString("en")} ${row.unit}`;
  return [
    row.bench,
    row.case,
    figure(row.ours),
    figure(row.peer),
    row.peerName,
    row.ratio.toPrecision(3),
    row.goal ?? "",
    met,
  ];
}

const widths = [9, 46, 14, 14, 30, 8, 9, 7];
const rightAligned = new Set([2, 3, 5]);

function line(texts: readonly string[]): string {
  const padded = texts.map((text, i) =>
    rightAligned.has(i) ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0),
  );
  return padded.join(" ").trimEnd();
}

process.exitCode = await main();
