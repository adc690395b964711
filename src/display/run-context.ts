import type { RunRecord } from "../track/index.ts";

type Tags = Readonly<Record<string, string>>;

/** Tags that a run's page says in other words, or that are for programs. */
const told: ReadonlySet<string> = new Set([
  "mlflow.runName",
  "mlflow.user",
  "mlflow.parentRunId",
  "mlflow.note.content",
  "mlflow.source.name",
  "mlflow.source.type",
  "mlflow.source.git.commit",
  "mlflow.source.git.branch",
  "mlflow.source.git.dirty",
  "mlflow.source.git.diff",
  "mlflow.source.git.repoURL",
  "mlflow.loggedImages",
  "mlflow.loggedArtifacts",
  "mlflow.log-model.history",
  "stemma.cell.id",
  "stemma.cell.count",
  "stemma.kernel.id",
  "stemma.session.id",
  "stemma.command",
  "stemma.error",
  "stemma.error.stack",
  "stemma.follows",
  "stemma.git.changed",
  "stemma.git.leftOut",
  "stemma.git.untracked",
  "stemma.kernel",
  "stemma.node",
  "stemma.deno",
  "stemma.bun",
  "stemma.packages",
  "stemma.packages.lock",
  "stemma.sources",
  "stemma.system",
]);

/** The tags that {@link contextRows} and the rest of the page leave. */
export function otherTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !told.has(name)));
}

/** Where a run came from and what it ran with, in a reader's words; what is not known has no row. */
export function contextRows({ tags, parentId }: RunRecord): readonly (readonly [name: string, text: string])[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Notebook", tags["mlflow.source.type"] === "NOTEBOOK" ? notebookText(tags) : undefined],
    ["Command", tags["stemma.command"] ?? scriptText(tags)],
    ["Commit", commitText(tags)],
    ["Changed since", withMore(tags["stemma.git.changed"], tags["stemma.git.leftOut"])],
    ["Untracked", tags["stemma.git.untracked"]],
    ["Repository", tags["mlflow.source.git.repoURL"]],
    ["Follows", tags["stemma.follows"]],
    ["Part of", parentId ?? undefined],
    ["Packages", packagesText(tags["stemma.packages"])],
    ["Lock file", tags["stemma.packages.lock"]],
    ["Runs on", runtimeText(tags)],
    ["Machine", tags["stemma.system"]],
    ["Cells kept", tags["stemma.sources"]],
  ];
  return rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== "");
}

function notebookText(tags: Tags): string | undefined {
  const name = tags["mlflow.source.name"]?.split(/[\\/]/).at(-1);
  const count = tags["stemma.cell.count"];
  return count === undefined ? name : `${name ?? ""} [${count}]`.trim();
}

function scriptText(tags: Tags): string | undefined {
  return tags["mlflow.source.type"] === "NOTEBOOK" ? undefined : tags["mlflow.source.name"];
}

function commitText(tags: Tags): string | undefined {
  const commit = tags["mlflow.source.git.commit"];
  if (commit === undefined) return undefined;
  const branch = tags["mlflow.source.git.branch"];
  const changes = tags["mlflow.source.git.dirty"] === "true" ? ", with changes" : "";
  return `${commit.slice(0, 10)}${branch === undefined ? "" : ` on ${branch}`}${changes}`;
}

function withMore(text: string | undefined, leftOut: string | undefined): string | undefined {
  if (leftOut === undefined) return text;
  return text === undefined ? leftOut : `${text}; ${leftOut}`;
}

function packagesText(json: string | undefined): string | undefined {
  const versions = parsed(json ?? "{}");
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${String(version)}`)
    .join(", ");
}

function parsed(json: string): object {
  try {
    return Object(JSON.parse(json));
  } catch {
    // A server may have cut it: then the list is not known.
    return {};
  }
}

function runtimeText(tags: Tags): string | undefined {
  const runtimes = [
    ["Node", tags["stemma.node"]],
    ["Deno", tags["stemma.deno"]],
    ["Bun", tags["stemma.bun"]],
  ] as const;
  const runtime = runtimes.flatMap(([name, version]) => (version === undefined ? [] : [`${name} ${version}`]));
  const kernel = tags["stemma.kernel"];
  return [...(kernel === undefined ? [] : [`the ${kernel} kernel`]), ...runtime].join(", ");
}
