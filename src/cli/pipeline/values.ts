import { relative, resolve, sep } from "node:path";
import { pythonJson, type YamlValue } from "../../format/index.ts";
import {
  diffMetrics,
  diffParams,
  type FileValues,
  flatValues,
  type MetricsByRevision,
  showMetrics,
  type ValuesDiff,
} from "../../pipeline/index.ts";
import type { Project } from "../../store/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { dvcProject, shownPath, type VerbOptions, verb } from "../dvc-verb.ts";
import { printDiffTable, printTable, tableValue } from "./value-tables.ts";

interface DiffFlags extends VerbOptions {
  readonly targets?: readonly string[];
  readonly all?: true;
  readonly deps?: true;
  readonly json?: true;
  readonly md?: true;
  readonly path: boolean;
  readonly precision?: number;
}

interface ShowFlags extends VerbOptions {
  readonly allBranches?: true;
  readonly allTags?: true;
  readonly allCommits?: true;
  readonly json?: true;
  readonly md?: true;
  readonly precision?: number;
}

const defaultDigits = 5;

/** `stemma params diff` */
export const registerParams: Register = (program) => {
  const params = program.command("params").description("Compare params");
  verb(params, "diff", "Show params that differ between revisions")
    .argument("[a_rev]", "the old revision", "HEAD")
    .argument("[b_rev]", "the new one", "workspace")
    .option("--targets <paths...>", "these params files")
    .option("--all", "what is the same, too")
    .option("--deps", "only what stages depend on")
    .option("--json", "as JSON")
    .option("--md", "as a Markdown table")
    .option("--no-path", "without the files")
    .action((old: string, now: string, flags: DiffFlags) => {
      const project = dvcProject();
      const options = {
        targets: paths(project, flags.targets),
        depsOnly: flags.deps === true,
        all: flags.all === true,
      };
      const diff = diffParams(project, [old, now], options);
      printDiff(project, diff, { flags, title: "Param", revisions: [old, now] });
    });
};

/** `stemma metrics show | diff` */
export const registerMetrics: Register = (program) => {
  const metrics = program.command("metrics").description("Show and compare metrics");
  const digits = wholeNumber(0, 100);
  verb(metrics, "show", "Show metrics")
    .argument("[targets...]", "metrics files or folders")
    .option("-a, --all-branches", "of all branches")
    .option("-T, --all-tags", "of all tags")
    .option("-A, --all-commits", "of all commits")
    .option("-R, --recursive", "targets may be folders")
    .option("--json", "as JSON")
    .option("--md", "as a Markdown table")
    .option("--precision <n>", "digits behind the point", digits)
    .action(show);
  verb(metrics, "diff", "Show metrics that differ between revisions")
    .argument("[a_rev]", "the old revision", "HEAD")
    .argument("[b_rev]", "the new one", "workspace")
    .option("--targets <paths...>", "these metrics files")
    .option("-R, --recursive", "targets may be folders")
    .option("--all", "what is the same, too")
    .option("--json", "as JSON")
    .option("--md", "as a Markdown table")
    .option("--no-path", "without the files")
    .option("--precision <n>", "digits behind the point", digits)
    .action((old: string, now: string, flags: DiffFlags) => {
      const project = dvcProject();
      const diff = diffMetrics(project, [old, now], {
        targets: paths(project, flags.targets),
        all: flags.all === true,
      });
      printDiff(project, diff, { flags, title: "Metric", revisions: [old, now] });
    });
};

/** Targets from the project's root. */
function paths(project: Project, targets: readonly string[] = []): readonly string[] {
  return targets.map((target) => relative(project.root, resolve(target)).split(sep).join("/"));
}

interface Told {
  readonly flags: DiffFlags;
  readonly title: "Param" | "Metric";
  readonly revisions: readonly [string, string];
}

function printDiff(project: Project, diff: ValuesDiff, { flags, title, revisions }: Told): void {
  const shown = new Map([...diff].map(([file, diffs]) => [shownPath(project, file), diffs] as const));
  if (flags.json === true) {
    const json = new Map(
      [...shown].map(([file, diffs]) => [file, new Map([...diffs].map(([key, one]) => [key, { ...one }]))]),
    );
    print(`${pythonJson(json)}\n`);
    return;
  }
  const metric = title === "Metric";
  const table = { diff: shown, title, revisions, path: flags.path, change: metric, markdown: flags.md === true };
  const text = printDiffTable({ ...table, digits: metric ? flags.precision || defaultDigits : null });
  if (shown.size > 0 || flags.md === true) print(text);
}

function show(targets: readonly string[], flags: ShowFlags): void {
  const project = dvcProject();
  const { allBranches, allTags, allCommits } = flags;
  const revisions = { allBranches: allBranches === true, allTags: allTags === true, allCommits: allCommits === true };
  const shown = showMetrics(project, { targets: paths(project, targets), ...revisions });
  const bad = [...shown]
    .filter(([, files]) => [...files.values()].some((file) => "error" in file))
    .map(([name]) => name);
  if (bad.length > 0) {
    process.stderr.write(`Some metrics of these revisions could not be loaded: '${bad.join(", ")}'.\n`);
  }
  if (flags.json === true) print(`${pythonJson(metricsJson(project, shown))}\n`);
  else print(metricsTable(project, shown, { flags, named: Object.values(revisions).includes(true) }));
}

function metricsJson(project: Project, shown: MetricsByRevision): YamlValue {
  const file = (values: FileValues): YamlValue => ("data" in values ? { data: values.data } : { error: values.error });
  return new Map(
    [...shown].map(([name, files]): [string, YamlValue] => [
      name,
      {
        data: new Map(
          [...files].map(([path, values]): [string, YamlValue] => [shownPath(project, path), file(values)]),
        ),
      },
    ]),
  );
}

function metricsTable(
  project: Project,
  shown: MetricsByRevision,
  { flags, named }: { readonly flags: ShowFlags; readonly named: boolean },
): string {
  const found = [...shown].flatMap(([name, files]) =>
    [...files].map(([path, values]) => ({ name, path: shownPath(project, path), values: flatValues(values) })),
  );
  const keys = [...new Set(found.flatMap(({ values }) => [...values.keys()]))].toSorted();
  const digits = flags.precision || defaultDigits;
  const rows = found.map(({ name, path, values }) => [
    ...(named ? [name] : []),
    path,
    ...keys.map((key) => tableValue(values.get(key), digits)),
  ]);
  return printTable([...(named ? ["Revision"] : []), "Path", ...keys], rows, flags.md === true);
}
