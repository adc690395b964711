import { pythonJson, type YamlValue } from "../../format/index.ts";
import { diffExperiments, type ValueDiff, type ValuesDiff } from "../../pipeline/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";
import { printDiffTable } from "../pipeline/index.ts";
import { endingWithOne } from "./choice.ts";
import { shownValue } from "./show-rows.ts";

interface Flags extends VerbOptions {
  readonly all?: true;
  readonly paramDeps?: true;
  readonly json?: true;
  readonly md?: true;
  readonly path: boolean;
  readonly precision?: number;
}

/** `stemma exp diff` */
export const registerDiff: Register = (exp, exit) => {
  verb(exp, "diff", "Show how metrics and params of two experiments differ")
    .argument("[a_rev]", "the old one", "HEAD")
    .argument("[b_rev]", "the new one", "workspace")
    .option("-a, --all", "what is the same, too")
    .option("--param-deps", "only params that stages depend on")
    .option("--json", "as JSON")
    .option("--md", "as Markdown tables")
    .option("--no-path", "without the files")
    .option("--precision <n>", "significant digits of metrics", wholeNumber(0, 100))
    .action((old: string, now: string, flags: Flags) =>
      endingWithOne("show experiments diff", exit, () => diff([old, now], flags)),
    );
};

function diff(revisions: readonly [string, string], flags: Flags): void {
  const found = diffExperiments(dvcProject(), revisions, {
    all: flags.all === true,
    paramDeps: flags.paramDeps === true,
  });
  if (flags.json === true) {
    print(
      `${pythonJson(
        new Map([
          ["metrics", jsonOf(found.metrics)],
          ["params", jsonOf(found.params)],
        ]),
      )}\n`,
    );
    return;
  }
  const table = { revisions, path: flags.path, change: true, markdown: flags.md === true };
  const metrics = shown(found.metrics, flags.precision || 5);
  print(printDiffTable({ ...table, diff: metrics, title: "Metric", digits: null }));
  print(`\n${printDiffTable({ ...table, diff: shown(found.params, null), title: "Param", digits: null })}`);
}

function jsonOf(diff: ValuesDiff): ReadonlyMap<string, ReadonlyMap<string, object>> {
  return new Map([...diff].map(([file, diffs]) => [file, new Map([...diffs].map(([key, one]) => [key, { ...one }]))]));
}

/** Texts for the table; floats with so many significant digits, all of them when null. */
function shown(diff: ValuesDiff, digits: number | null): ValuesDiff {
  const text = (value: YamlValue): YamlValue => (value === null ? null : shownValue(value, digits));
  const one = ({ old, new: now, diff: change }: ValueDiff): ValueDiff => ({
    old: text(old),
    new: text(now),
    diff: change === undefined ? "diff not supported" : text(change),
  });
  return new Map(
    [...diff].map(([file, diffs]) => [file, new Map([...diffs].map(([key, value]) => [key, one(value)]))]),
  );
}
