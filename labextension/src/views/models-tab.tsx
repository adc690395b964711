import { type JSX, useState } from "react";
import { formatAge, type ModelsAnswer, type RegisteredModelRow } from "stemma/bundle";
import type { PanelModel } from "../model/index.ts";
import { Detail, type ListRow, ListView, listOf, useList } from "./list-tab.tsx";
import { Chip } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";

/** The registered models; a click shows their versions, aliases and runs. */
export function ModelsTab(props: { readonly model: PanelModel }): JSX.Element {
  const { trans } = useSurroundings();
  const [filter, setFilter] = useState("");
  const [opened, open] = useState<RegisteredModelRow | null>(null);
  const asked = useList<ModelsAnswer>(props.model, "panel/models", filter);
  const all = asked.answered.kind === "ready" ? asked.answered.value.models : [];
  // As it is now, where it is among the rows that were asked for.
  const one = all.find(({ name }) => name === opened?.name) ?? opened;
  if (one !== null) return <Versions model={one} onBack={() => open(null)} />;
  const row = (model: RegisteredModelRow): ListRow => ({
    key: model.name,
    title: model.name,
    sub: [
      ...model.aliases.map(({ alias, version }) => `@${alias} ${version}`),
      formatAge(model.updatedMs, Date.now()),
    ].join(" · "),
    value: model.versions[0] === undefined ? "" : trans.__("version %1", model.versions[0].version),
    tone: "quiet",
    open: () => open(model),
  });
  return (
    <ListView
      label={trans.__("Registered models")}
      placeholder={trans.__("a part of a name")}
      filter={filter}
      setFilter={setFilter}
      {...listOf(asked, ({ models }) => models.map(row))}
      empty={trans.__('No model is registered here yet: run.model("net", net, { registeredName: "net" }) in a cell.')}
    />
  );
}

function Versions(props: { readonly model: RegisteredModelRow; readonly onBack: () => void }): JSX.Element {
  const { trans, openRun } = useSurroundings();
  const { model } = props;
  return (
    <Detail title={model.name} back={trans.__("Models")} onBack={props.onBack}>
      <ol className="jp-stemma-Facts">
        {model.versions.map(({ version, createdMs, aliases, run, description }) => (
          <li key={version}>
            <span>
              {trans.__("Version %1", version)}{" "}
              {aliases.map((alias) => (
                <Chip key={alias}>@{alias}</Chip>
              ))}
            </span>
            <span className="jp-stemma-quiet">
              {[formatAge(createdMs, Date.now()), description].filter(Boolean).join(" · ")}
              {run === null || openRun === null ? null : (
                <>
                  {" · "}
                  <button type="button" className="jp-stemma-Name" onClick={() => openRun(run, model.name)}>
                    {trans.__("run %1", run.slice(0, 6))}
                  </button>
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
    </Detail>
  );
}
