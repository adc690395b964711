import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { PrintFile } from "../../src/flow/keep/index.ts";
import { type PrintingTry, printedTries } from "../../src/flow/keep/print-file.ts";
import { findProject } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const project = findProject(inProject());
const path = (run: string): string => join(project.stemmaFolder, "prints", `${run}.jsonl`);
const tries = new Map(
  ["a", "ä b"].map((step): [string, PrintingTry] => [
    step,
    {
      ...{ step, indices: [1], attempt: 1, state: "running", reason: "never ran", key: "k" },
      ...{ digest: null, seed: 3, error: null, startMs: 5, endMs: null },
    },
  ]),
);

/** Prints as tries do, of which `end` tells the last 1000 characters. */
function printer(run: string): { readonly file: PrintFile; readonly print: (step: string, text: string) => void } {
  const file = new PrintFile(project, run);
  const all = new Map<string, string>();
  const print = (step: string, text: string): void => {
    all.set(step, (all.get(step) ?? "") + text);
    file.printed(step, text, { of: tries.get(step) as PrintingTry, end: () => (all.get(step) ?? "").slice(-1000) });
  };
  return { file, print };
}

it("has all that tries print, whatever they print", () => {
  let run = 0;
  const prints = fc.array(fc.tuple(fc.constantFrom(...tries.keys()), fc.string({ unit: "grapheme", minLength: 1 })));
  fc.assert(
    fc.property(prints, (all) => {
      const { file, print } = printer(`run ${++run}`);
      for (const [step, text] of all) print(step, text);
      const of = (step: string): string => all.flatMap((one) => (one[0] === step ? [one[1]] : [])).join("");
      const found = printedTries(project, `run ${run}`).map((one) => [one.of, one.text]);
      const steps = [...new Set(all.map(([step]) => step))];
      expect(found).toEqual(steps.map((step) => [tries.get(step), of(step)]));
      file.end();
      expect(existsSync(path(`run ${run}`))).toBe(false);
    }),
  );
});

it("stays short, and keeps the end of what is printed", () => {
  const { file, print } = printer("long");
  print("ä b", "once\n");
  for (let i = 0; i < 3000; i++) print("a", `${i} ${"x".repeat(990)}\n`);
  expect(statSync(path("long")).size).toBeLessThan(1_200_000);
  const found = new Map(printedTries(project, "long").map(({ of, text }) => [of.step, text]));
  expect(found.get("a")).toMatch(/\n2999 x+\n$/);
  expect(found.get("ä b")).toBe("once\n");
  file.end();
});

it("is emptied when nobody runs whose prints it has, and never in the midst of a try", () => {
  const { file, print } = printer("short");
  print("a", "1\n");
  file.settled();
  print("a", "2\n");
  expect(printedTries(project, "short").map(({ text }) => text)).toEqual(["1\n2\n"]);
  file.ended("a");
  file.settled();
  expect(readFileSync(path("short"), "utf8")).toBe("");
  print("ä b", "3\n");
  expect(printedTries(project, "short").map(({ of, text }) => [of.step, text])).toEqual([["ä b", "3\n"]]);
  file.end();
});

it("is read as far as it is whole", () => {
  const { file, print } = printer("cut");
  print("a", "whole\n");
  appendFileSync(path("cut"), '{"to":0,"text":"ha');
  expect(printedTries(project, "cut").map(({ text }) => text)).toEqual(["whole\n"]);
  file.end();
});
