import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { StemmaError } from "../../error.ts";
import { pythonJson, type YamlValue } from "../../format/index.ts";
import {
  diffRevisions,
  listExperiments,
  modifyPlot,
  namedTemplate,
  type Plot,
  type PlotOptions,
  type Plots,
  plotPage,
  showPlots,
  templateNames,
} from "../../pipeline/index.ts";
import type { Project } from "../../store/index.ts";
import { mergedConfig } from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, shownPath, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";

interface Flags extends VerbOptions {
  readonly targets?: readonly string[];
  readonly template?: string;
  readonly x?: string;
  readonly y?: string;
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly header: boolean;
  readonly out?: string;
  readonly showVega?: true;
  readonly json?: true;
  readonly split?: true;
  readonly open?: true;
  readonly experiment?: true;
  readonly htmlTemplate?: string;
  readonly unset?: true | readonly string[];
}

/** `stemma plots show | diff | templates`: DVC's options and JSON, and one HTML page that needs nothing else. */
export const registerPlots: Register = (program, exit) => {
  const plots = program.command("plots").description("Draw plots of data and pictures that stages make");
  drawOptions(verb(plots, "show", "Draw plots"))
    .argument("[targets...]", "files or names of plots; all without any")
    .action(async (targets: readonly string[], flags: Flags) => {
      await draw({ targets, revisions: ["workspace"] }, flags, exit);
    });
  drawOptions(verb(plots, "diff", "Draw plots of several revisions together"))
    .argument("[revisions...]", "revisions; HEAD and the folder without any")
    .option("--targets <paths...>", "files or names of plots; all without any")
    .option("-e, --experiment", "compare an experiment with what it began from")
    .action(async (revisions: readonly string[], flags: Flags) => {
      const project = dvcProject();
      const wanted = diffRevisions(project, flags.experiment === true ? withBaseline(project, revisions) : revisions);
      await draw({ targets: flags.targets ?? [], revisions: wanted ?? [] }, flags, exit);
    });
  propsOptions(verb(plots, "modify", "Say in dvc.yaml how a plot is drawn"))
    .argument("<target>", "the file that a stage makes")
    .option("--unset [properties...]", "take these away: template, x, y, header, title, x_label, y_label")
    .action((target: string, flags: Flags) => modify(target, flags, exit));
  verb(plots, "templates", "List templates, or show one")
    .argument("[template]", "name of a template")
    .action((name: string | undefined) => {
      if (name === undefined) print(templateNames.map((one) => `${one}\n`).join(""));
      else print(`${pythonJson(templateOf(name))}\n`);
    });
};

/** An experiment, and the commit that it began from. */
function withBaseline(project: Project, revisions: readonly string[]): readonly string[] {
  const [revision, ...others] = revisions;
  if (revision === undefined || others.length > 0) return revisions;
  const found = listExperiments(project, { all: true }).find(
    ({ name, commit }) => name === revision || (/^[0-9a-f]{7,40}$/.test(revision) && commit.startsWith(revision)),
  );
  return found === undefined ? revisions : [revision, found.baseline.slice(0, 7)];
}

function templateOf(name: string): unknown {
  const template = namedTemplate(name);
  if (template === null) throw new StemmaError("UNKNOWN_TEMPLATE", `Unexpected template: ${name}.`);
  return template;
}

async function modify(target: string, flags: Flags, exit: (code: number) => void): Promise<void> {
  const project = dvcProject();
  const { unset } = flags;
  try {
    const { address, file } = await modifyPlot(project, target, {
      folder: process.cwd(),
      props: propsOf(flags),
      ...(unset === undefined ? {} : { unset: unset === true ? [] : unset }),
    });
    if (flags.quiet !== true) print(`Modifying stage '${printable(address)}' in '${shownPath(project, file)}'\n`);
  } catch (error) {
    // Unlike the other verbs about plots.
    if (!(error instanceof StemmaError)) throw error;
    process.stderr.write(`ERROR: ${error.message}\n`);
    exit(255);
  }
}

/** How a plot is drawn. */
function propsOptions(command: Command): Command {
  return command
    .option("-t, --template <name>", "a template of DVC's, or a file")
    .option("-x <field>", "the column for the x axis")
    .option("-y <field>", "the column for the y axis")
    .option("--no-header", "the data has no line of names")
    .option("--title <text>", "title")
    .option("--x-label <text>", "label of the x axis")
    .option("--y-label <text>", "label of the y axis");
}

function drawOptions(command: Command): Command {
  return propsOptions(command)
    .option("-o, --out <folder>", "where the page goes")
    .option("--show-vega", "print the Vega-Lite specification of one plot")
    .option("--json", "as JSON")
    .option("--split", "with --json: data apart from the specification")
    .option("--open", "open the page in the browser")
    .option("--html-template <path>", "a page with {plot_divs} in it, and {scripts}");
}

// In the order of dvc/schema.py, PLOT_PROPS.
function propsOf(flags: Flags): ReadonlyMap<string, YamlValue> {
  const { template, x, y, title, xLabel, yLabel, header } = flags;
  const given = { template, x, y, x_label: xLabel, y_label: yLabel, title, header: header ? undefined : false };
  return new Map(Object.entries(given).filter((entry): entry is [string, string | boolean] => entry[1] !== undefined));
}

async function draw(
  wanted: Required<Pick<PlotOptions, "targets" | "revisions">>,
  flags: Flags,
  exit: (code: number) => void,
): Promise<void> {
  if (flags.showVega === true && misused(wanted.targets, flags)) {
    exit(1);
    return;
  }
  const project = dvcProject();
  const shown = showPlots(project, {
    ...wanted,
    folder: process.cwd(),
    props: propsOf(flags),
    split: flags.split === true,
  });
  tellFailed(shown);
  const out = resolve(flags.out ?? String(mergedConfig(project.dvcFolder).get("plots")?.get("out_dir") ?? "dvc_plots"));
  if (flags.json === true) print(`${pythonJson(jsonOf(shown, out))}\n`);
  else if (flags.showVega === true) printVega(shown);
  else writePage(shown, out, { ...flags, ...pageTemplate(project, flags) });
}

function misused(targets: readonly string[], flags: Flags): boolean {
  const fault =
    targets.length === 0
      ? "please specify a target for `--show-vega`"
      : targets.length > 1
        ? "you can only specify one target for `--show-vega`"
        : flags.json === true
          ? "'--show-vega' and '--json' are mutually exclusive options."
          : null;
  if (fault !== null) process.stderr.write(`ERROR: ${fault}\n`);
  return fault !== null;
}

function tellFailed({ errors }: Plots): void {
  const failed = [...new Set(errors.map((error) => error.rev))];
  if (failed.length === 0) return;
  process.stderr.write(`Some plots of these revisions could not be loaded: '${failed.join(", ")}'.\n`);
}

function printVega({ plots }: Plots): void {
  const vega = plots.find((plot) => plot.kind === "vega");
  if (vega?.kind === "vega") print(`${pythonJson(vega.content)}\n`);
}

/** The contract of DVC 3 (`plots show --json`, `plots diff --json`); pictures are files then. */
function jsonOf({ plots, errors }: Plots, out: string): unknown {
  const data = Object.fromEntries(plots.map((plot) => [plot.name, plotJson(plot, out)]));
  return {
    ...(errors.length === 0 ? {} : { errors }),
    ...(plots.length === 0 ? {} : { data }),
  };
}

function plotJson(plot: Plot, out: string): readonly unknown[] {
  if (plot.kind === "vega") {
    const { revisions, content, anchors } = plot;
    if (revisions.length === 0) return [];
    return [{ type: "vega", revisions, content, ...(anchors === null ? {} : { anchor_definitions: anchors }) }];
  }
  return plot.images.map(({ revision, file, bytes }) => {
    const url = join(out, `${revision}_${file}`.replaceAll("/", "_"));
    mkdirSync(dirname(url), { recursive: true });
    writeFileSync(url, bytes);
    return { type: "image", revisions: [revision], url };
  });
}

// dvc/commands/plots.py: what the configuration names lies in .dvc.
function pageTemplate(project: Project, { htmlTemplate }: Flags): { readonly htmlTemplate?: string } {
  const known = mergedConfig(project.dvcFolder).get("plots")?.get("html_template");
  if (htmlTemplate !== undefined) return { htmlTemplate };
  return typeof known === "string" ? { htmlTemplate: resolve(project.dvcFolder, known) } : {};
}

function writePage({ plots }: Plots, out: string, flags: Flags): void {
  if (plots.length === 0) {
    process.stderr.write("No plots were loaded, visualization file will not be created.\n");
    return;
  }
  const { htmlTemplate } = flags;
  const page = plotPage(plots, htmlTemplate === undefined ? null : readFileSync(htmlTemplate, "utf8"));
  const file = join(out, "index.html");
  mkdirSync(out, { recursive: true });
  writeFileSync(file, page.html);
  if (!page.whole) {
    process.stderr.write(
      "The page loads vega from the network. To have it in the page: npm install vega@5 vega-lite@5 vega-embed@6\n",
    );
  }
  print(`${pathToFileURL(file).href}\n`);
  if (flags.open === true) openInBrowser(file);
}

function openInBrowser(file: string): void {
  const [program, ...args] =
    process.platform === "darwin" ? ["open"] : process.platform === "win32" ? ["cmd", "/c", "start", ""] : ["xdg-open"];
  execFile(program ?? "xdg-open", [...args, file], (error) => {
    if (error !== null) process.stderr.write(`The browser did not open: ${error.message}\n`);
  });
}
