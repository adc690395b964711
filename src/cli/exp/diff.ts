import { pythonJson, type YamlValue } from "../../format/index.ts";
import { diffExperiments, type ValueDiff, type ValuesDiff } from "../../pipeline/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";
import { printDiffTable } from "../pipeline/index.ts";
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
export const registerDiff: Register = (exp) => {
  verb(exp, "diff", "Show how metrics and params of two experiments differ")
    .argument("[a_rev]", "the old one", "HEAD")
    .argument("[b_rev]", "the new one", "workspace")
    .option("-a, --all", "what is the same, too")
    .option("--param-deps", "only params that stages depend on")
    .option("--json", "as JSON")
    .option("--md", "as Markdown tables")
    .option("--no-path", "without the files")
    .option("--precision <n>", "significant digits of metrics", wholeNumber(0, 100))
    .action((old: string, now: string, flags: Flags) => {
      const diff = diffExperiments(dvcProject(), [old, now], {
        all: flags.all === true,
        paramDeps: flags.paramDeps === true,
      });
      if (flags.json === true) {
        print(
          `${pythonJson(
            new Map([
              ["metrics", jsonOf(diff.metrics)],
              ["params", jsonOf(diff.params)],
            ]),
          )}\n`,
        );
        return;
      }
      const table = { revisions: [old, now] as const, path: flags.path, change: true, markdown: flags.md === true };
      const metrics = rounded(diff.metrics, flags.precision || 5);
      print(printDiffTable({ ...table, diff: metrics, title: "Metric", digits: null }));
      print(`\n${printDiffTable({ ...table, diff: diff.params, title: "Param", digits: null })}`);
    });
};

function jsonOf(diff: ValuesDiff): ReadonlyMap<string, ReadonlyMap<string, object>> {
  return new Map([...diff].map(([file, diffs]) => [file, new Map([...diffs].map(([key, one]) => [key, { ...one }]))]));
}

function rounded(diff: ValuesDiff, digits: number): ValuesDiff {
  const text = (value: YamlValue): YamlValue => (value === null ? null : shownValue(value, digits));
  const one = ({ old, new: now, diff: change }: ValueDiff): ValueDiff => ({
    old: text(old),
    new: text(now),
    ...(change === undefined ? {} : { diff: text(change) }),
  });
  return new Map(
    [...diff].map(([file, diffs]) => [file, new Map([...diffs].map(([key, value]) => [key, one(value)]))]),
  );
}
