import { type JSX, useState } from "react";
import { type DataAnswer, type DataFileRow, type DataHistoryAnswer, formatAge, formatBytes } from "stemma/bundle";
import type { PanelModel } from "../model/index.ts";
import { Detail, type ListRow, ListView, listOf, useList } from "./list-tab.tsx";
import { Notice } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";
import { useAnswer } from "./use-answer.ts";

const exampleCell = `import { version } from "stemma";

const cases = await version("data/cases.csv", Buffer.from("day,cases\\n1,1\\n2,4\\n"));`;

/** The versioned files and folders; a click shows where they came from and who used them. */
export function DataTab(props: { readonly model: PanelModel }): JSX.Element {
  const { trans } = useSurroundings();
  const { model } = props;
  const [filter, setFilter] = useState("");
  const [opened, open] = useState<DataFileRow | null>(null);
  const asked = useList<DataAnswer>(model, "panel/data", filter);
  if (opened !== null) return <DataDetail model={model} file={opened} onBack={() => open(null)} />;
  const row = (file: DataFileRow): ListRow => ({
    key: file.path,
    title: file.path.slice(file.path.lastIndexOf("/") + 1) + (file.folder ? "/" : ""),
    full: file.path,
    sub: [file.state === "" ? "" : trans.__(file.state), file.md5.slice(0, 7), folderOf(file.path)]
      .filter(Boolean)
      .join(" · "),
    value: file.bytes === null ? "" : formatBytes(file.bytes),
    tone: file.state === "missing" ? "failed" : file.state === "changed" ? "stale" : "quiet",
    open: () => open(file),
  });
  return (
    <ListView
      label={trans.__("Versioned data")}
      placeholder={trans.__("a part of a path")}
      filter={filter}
      setFilter={setFilter}
      {...listOf(asked, ({ files }) => files.map(row))}
      example={exampleCell}
      empty={trans.__('No data is versioned here yet: await version("data/cases.csv") in a cell, or stemma add.')}
    />
  );
}

/** "data/2025/"; empty in the project's own folder. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function DataDetail(props: {
  readonly model: PanelModel;
  readonly file: DataFileRow;
  readonly onBack: () => void;
}): JSX.Element {
  const { trans } = useSurroundings();
  const { model, file } = props;
  const query = { folder: model.folder, path: file.path, turn: String(model.turn) };
  const { answered } = useAnswer<DataHistoryAnswer>({
    ...{ ask: model.ask, path: "panel/data-history", query },
    ...{ lasts: () => false, everyMs: 10_000, standby: model.hidden },
  });
  const facts = [file.md5.slice(0, 7), ...(file.bytes === null ? [] : [formatBytes(file.bytes)])];
  return (
    <Detail title={file.path} back={trans.__("Data")} onBack={props.onBack}>
      <p className="jp-stemma-quiet">{[...facts, ...(file.state === "" ? [] : [trans.__(file.state)])].join(" · ")}</p>
      {answered.kind === "loading" ? <Notice sentence={trans.__("Loading…")} /> : null}
      {answered.kind === "failed" ? <Notice kind="failed" sentence={answered.message} /> : null}
      {answered.kind === "ready" ? <History answer={answered.value} /> : null}
    </Detail>
  );
}

function History(props: { readonly answer: DataHistoryAnswer }): JSX.Element {
  const { trans, openRun } = useSurroundings();
  const { versions, uses } = props.answer;
  return (
    <>
      <h4>{trans._n("%1 version", "%1 versions", versions.length)}</h4>
      <ol className="jp-stemma-Facts">
        {versions.map((one) => (
          <li key={`${one.commit} ${one.md5}`} title={`${one.md5} ${one.message}`}>
            <span>{one.message}</span>
            <span className="jp-stemma-quiet">
              {[
                one.commit?.slice(0, 7) ?? "",
                one.md5 === "" ? trans.__("taken away") : one.md5.slice(0, 7),
                one.bytes === null ? "" : formatBytes(one.bytes),
                one.timeMs === null ? "" : formatAge(one.timeMs, Date.now()),
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </li>
        ))}
      </ol>
      <h4>{trans.__("Where it is used")}</h4>
      {uses.length === 0 ? (
        <p className="jp-stemma-quiet">{trans.__("No run and no step used this version.")}</p>
      ) : null}
      <ul className="jp-stemma-Facts">
        {uses.map(({ verb, what, run }) => (
          <li key={`${verb} ${what} ${run}`}>
            <span className="jp-stemma-quiet">{verb === "made" ? trans.__("made by ") : trans.__("used by ")}</span>
            {run === null || openRun === null ? (
              <span>{what}</span>
            ) : (
              <button type="button" className="jp-stemma-Name" onClick={() => openRun(run, what)}>
                {what}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
