import { existsSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { YamlValue } from "../../format/index.ts";
import { headOf } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { PipelineError } from "../pipeline-error.ts";
import { hasCommits, openView } from "../view.ts";
import {
  type CollectOptions,
  collectPlots,
  type PlotDefinition,
  type PlotProps,
  type PlotSource,
  readSources,
} from "./collect.ts";
import { isImage, type PlotData, plotData, sourcesOf } from "./datapoints.ts";
import { fillTemplate } from "./fill-template.ts";
import { namedTemplate, type TemplateValue } from "./vega-templates.ts";

export interface PlotOptions {
  /** The reader's folder, absolute; the project's root without it. */
  readonly folder?: string;
  readonly targets?: readonly string[];
  /** `workspace` without any. */
  readonly revisions?: readonly string[];
  /** `template`, `x`, `y`, `title`, `x_label`, `y_label`, `header`: for all plots. */
  readonly props?: PlotProps;
  readonly split?: boolean;
}

/** A plot that can be drawn. */
export type Plot =
  | {
      readonly kind: "vega";
      readonly name: string;
      readonly revisions: readonly string[];
      /** A Vega-Lite 5 specification; with `split`, with anchors in it. */
      readonly content: TemplateValue;
      readonly anchors: Readonly<Record<string, TemplateValue>> | null;
    }
  | {
      readonly kind: "image";
      readonly name: string;
      readonly images: readonly { readonly revision: string; readonly file: string; readonly bytes: Buffer }[];
    };

/** What kept a plot, or one of its files, from being drawn. */
export interface PlotError {
  readonly name: string;
  readonly rev: string;
  readonly source?: string;
  readonly type: string;
  readonly msg: string;
}

export interface Plots {
  readonly plots: readonly Plot[];
  readonly errors: readonly PlotError[];
}

/** The plots of some revisions together, as `dvc plots show` and `dvc plots diff` make them. @throws {PipelineError} no such revision */
export function showPlots(project: Project, options: PlotOptions = {}): Plots {
  const folder = relative(project.root, options.folder ?? project.root)
    .split(sep)
    .join("/");
  const collect = { folder, targets: options.targets ?? [], props: options.props ?? new Map() };
  const groups = new Map<string, Member[]>();
  for (const revision of orderedRevisions(options.revisions ?? ["workspace"])) {
    for (const [name, member] of membersOf(project, revision, collect))
      groups.set(name, [...(groups.get(name) ?? []), member]);
  }
  const drawn = [...groups].map(([name, members]) => draw(project, { name, members }, options.split === true));
  return {
    plots: drawn.flatMap(({ plot }) => (plot === null ? [] : [plot])),
    errors: drawn.flatMap(({ errors }) => errors),
  };
}

/** The revisions that a reader compares: two, or one with the folder (dvc/repo/plots/diff.py). None before the first commit. */
export function diffRevisions(project: Project, revisions: readonly string[]): readonly string[] | null {
  if (!hasCommits(project)) return null;
  if (revisions.length > 1) return revisions;
  const dirty = revisions.length === 0 && headOf(project.root)?.dirty === true;
  return [...revisions, ...(dirty ? ["HEAD"] : []), "workspace"];
}

function orderedRevisions(revisions: readonly string[]): readonly string[] {
  if (!revisions.includes("workspace")) return revisions;
  return ["workspace", ...revisions.filter((revision) => revision !== "workspace")];
}

/** A plot at one revision. */
interface Member {
  readonly revision: string;
  readonly definition: PlotDefinition;
  readonly sources: ReadonlyMap<string, PlotSource>;
}

function membersOf(project: Project, revision: string, options: CollectOptions): ReadonlyMap<string, Member> {
  const view = openView(project, revision);
  const plots = collectPlots(view, options);
  const sources = readSources(view, plots, options);
  return new Map([...plots].map(([name, definition]) => [name, { revision, definition, sources }] as const));
}

interface Group {
  readonly name: string;
  readonly members: readonly Member[];
}

function draw(
  project: Project,
  group: Group,
  split: boolean,
): { readonly plot: Plot | null; readonly errors: readonly PlotError[] } {
  const { name, members } = group;
  const errors = members.flatMap(({ revision, definition, sources }) =>
    sourcesOf(definition.id, definition.props).flatMap((file): readonly PlotError[] => {
      const source = sources.get(file);
      return source?.kind === "error"
        ? [{ name, rev: revision, source: file, type: source.type, msg: source.message }]
        : [];
    }),
  );
  const image = members.find(({ definition }) => isImage(definition.id));
  if (image !== undefined)
    return { plot: { kind: "image", name: image.definition.id, images: imagesOf(members) }, errors };
  // What the first revision says of the plot counts for all.
  const props = new Map([...members].reverse().flatMap(({ definition }) => [...definition.props]));
  const { data, revisions, failed } = together(group, props);
  const all = [...errors, ...failed];
  if (data === null) return { plot: { kind: "vega", name, revisions: [], content: {}, anchors: null }, errors: all };
  const title = String(data.props.get("title") ?? name);
  const filled = fillTemplate(templateOf(project, props.get("template")), data, { title, revisions, split });
  const anchors = split ? filled.anchors : null;
  return { plot: { kind: "vega", name, revisions, content: filled.content, anchors }, errors: all };
}

function imagesOf(
  members: readonly Member[],
): readonly { readonly revision: string; readonly file: string; readonly bytes: Buffer }[] {
  return members.flatMap(({ revision, definition, sources }) => {
    const source = sources.get(definition.id);
    return source?.kind === "image" ? [{ revision, file: definition.id, bytes: source.bytes }] : [];
  });
}

interface Together {
  readonly data: PlotData | null;
  readonly revisions: readonly string[];
  readonly failed: readonly PlotError[];
}

function together({ name, members }: Group, props: PlotProps): Together {
  const parts: PlotData[] = [];
  const revisions: string[] = [];
  const failed: PlotError[] = [];
  for (const { revision, definition, sources } of members) {
    const files = new Map<string, YamlValue>();
    for (const file of sourcesOf(definition.id, definition.props)) {
      const source = sources.get(file);
      if (source?.kind === "values") files.set(file, source.value);
    }
    try {
      const data = plotData(definition.id, props, { revision, files });
      if (data.rows.length === 0) continue;
      parts.push(data);
      revisions.push(revision);
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      failed.push({ name, rev: revision, type: error.name, msg: error.message });
    }
  }
  const [first] = parts;
  const data = first === undefined ? null : { ...first, rows: parts.flatMap((part) => part.rows) };
  return { data, revisions, failed };
}

/** A template by name, or a file: in `.dvc/plots`, or from the reader's folder. @throws {PipelineError} neither */
function templateOf(project: Project, name: YamlValue | undefined): TemplateValue {
  const wanted = typeof name === "string" && name !== "" ? name : "linear";
  const own = join(project.dvcFolder, "plots", wanted);
  const file = [own, `${own.replace(/\.[^./]*$/, "")}.json`, wanted].find((path) => existsSync(path));
  if (file !== undefined) return JSON.parse(readFileSync(file, "utf8")) as TemplateValue;
  const template = namedTemplate(wanted);
  if (template === null) throw new PipelineError(`Template '${wanted}' not found.`);
  return template;
}
