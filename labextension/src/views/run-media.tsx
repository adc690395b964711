import { type JSX, useState } from "react";
import { formatColumn, type ImageSeries, type SeriesImage, type TableTop } from "stemma/bundle";
import { Header } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";

/** The address of an artifact; null where the place that a view is in knows none. */
export type ArtifactUrl = ((path: string) => string) | null;

/** A picture of each key, its step moved by a slider. */
export function Images(props: { readonly series: readonly ImageSeries[]; readonly url: ArtifactUrl }): JSX.Element {
  return (
    <div className="jp-stemma-Images">
      {props.series.map((one) => (
        <Series key={one.key} series={one} url={props.url} />
      ))}
    </div>
  );
}

function Series(props: { readonly series: ImageSeries; readonly url: ArtifactUrl }): JSX.Element | null {
  const { trans } = useSurroundings();
  const { series, url } = props;
  const images = series.images.filter((image) => url !== null || image.data !== null);
  const [chosen, choose] = useState<number | null>(null);
  const at = Math.min(chosen ?? images.length - 1, images.length - 1);
  const image = images[at];
  if (image === undefined)
    return <Away name={series.key} sentence={trans.__("%1 pictures, on the run's page", series.images.length)} />;
  return (
    <figure className="jp-stemma-Image">
      <figcaption>
        <span title={series.key}>{series.key}</span>
        {series.images.length > 1 ? <span className="jp-stemma-quiet">{trans.__("step %1", image.step)}</span> : null}
      </figcaption>
      <Picture image={image} label={trans.__("%1 at step %2", series.key, image.step)} url={url} />
      {images.length < 2 ? null : (
        <input
          type="range"
          aria-label={trans.__("Step of %1", series.key)}
          aria-valuetext={String(image.step)}
          min={0}
          max={images.length - 1}
          value={at}
          onChange={(event) => choose(Number(event.target.value))}
        />
      )}
    </figure>
  );
}

function Picture(props: {
  readonly image: SeriesImage;
  readonly label: string;
  readonly url: ArtifactUrl;
}): JSX.Element {
  const { image, url } = props;
  const shown = <img src={image.data ?? url?.(image.small)} alt={props.label} loading="lazy" />;
  if (url === null) return <div className="jp-stemma-Image-frame">{shown}</div>;
  return (
    <a className="jp-stemma-Image-frame" href={url(image.path)} target="_blank" rel="noreferrer" title={image.path}>
      {shown}
    </a>
  );
}

function Away(props: { readonly name: string; readonly sentence: string }): JSX.Element {
  return (
    <figure className="jp-stemma-Image">
      <figcaption>
        <span title={props.name}>{props.name}</span>
      </figcaption>
      <p className="jp-stemma-quiet">{props.sentence}</p>
    </figure>
  );
}

/** The top of a kept table, numbers to the right. */
export function KeptTable(props: { readonly table: TableTop; readonly url: ArtifactUrl }): JSX.Element {
  const { trans } = useSurroundings();
  const { table, url } = props;
  const columns = columnsOf(table);
  const facts = [
    ...(table.rows === null ? [] : [trans._n("%1 row", "%1 rows", table.rows)]),
    trans._n("%1 column", "%1 columns", table.columns.length),
  ].join(", ");
  return (
    <section className="jp-stemma-Kept" aria-label={trans.__("Table %1", table.path)}>
      <Header title={table.path} facts={<span className="jp-stemma-quiet">{facts}</span>}>
        {url === null ? null : (
          <a className="jp-stemma-Word" href={url(table.path)} target="_blank" rel="noreferrer">
            {trans.__("Download")}
          </a>
        )}
      </Header>
      <div className="jp-stemma-Table-scroll">
        <table className="jp-stemma-Table">
          <thead>
            <tr>
              {columns.map(({ name, right }) => (
                <th key={name} scope="col" className={right ? "jp-mod-right" : undefined} title={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.top.map((_, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a kept table never move
              <tr key={row}>
                {columns.map(({ name, right, texts }) => (
                  <td key={name} className={right ? "jp-mod-right" : undefined} title={texts[row]}>
                    {texts[row]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More table={table} />
    </section>
  );
}

interface ShownColumn {
  readonly name: string;
  readonly right: boolean;
  readonly texts: readonly string[];
}

function columnsOf({ columns, top }: TableTop): readonly ShownColumn[] {
  const width = top[0]?.length ?? Math.min(12, columns.length);
  return columns.slice(0, width).map((name, at) => {
    const cells = top.map((row) => row[at] ?? null);
    const right = cells.some((cell) => typeof cell === "number");
    const texts = right
      ? formatColumn(cells.map((cell) => (typeof cell === "boolean" ? String(cell) : cell)))
      : cells.map((cell) => (cell === null ? "–" : String(cell)));
    return { name, right, texts };
  });
}

function More(props: { readonly table: TableTop }): JSX.Element | null {
  const { trans } = useSurroundings();
  const { rows, columns, top } = props.table;
  const width = top[0]?.length ?? columns.length;
  const more = [
    ...(rows !== null && rows > top.length ? [trans._n("%1 more row", "%1 more rows", rows - top.length)] : []),
    ...(columns.length > width ? [trans._n("%1 more column", "%1 more columns", columns.length - width)] : []),
  ];
  return more.length === 0 ? null : <p className="jp-stemma-Same">{more.join(", ")}</p>;
}
