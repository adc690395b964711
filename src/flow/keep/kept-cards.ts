import { hasDatabase, openDatabase, type Project } from "../../store/index.ts";
import type { KeptCardPart } from "./cards.ts";
import { compareIndices, indicesOf } from "./indices.ts";
import { KeptTexts, readObject } from "./kept-text.ts";

/** A card with its parts, in the order in which the step wrote them. */
export interface KeptCard {
  readonly step: string;
  readonly indices: readonly number[];
  readonly parts: readonly KeptCardPart[];
  /** Id of the run that made it, where the task's result was kept from that one; absent: the run itself made it. */
  readonly madeBy?: string;
}

/** The cards that the steps of a run made, or those of one step: by step, by item. */
export function cardsOf(project: Project, run: string, step?: string): readonly KeptCard[] {
  if (!hasDatabase(project)) return [];
  const rows = openDatabase(project).read<CardRow>(
    `SELECT step, item, body, object FROM flow_card WHERE run = ?${step === undefined ? "" : " AND step = ?"}
     ORDER BY step, item, part`,
    run,
    ...(step === undefined ? [] : [step]),
  );
  const { objects } = new KeptTexts(project);
  const cards = [...Map.groupBy(rows, (row) => `${row.step} ${row.item}`).values()].map((parts) => ({
    step: parts[0]?.step ?? "",
    indices: indicesOf(parts[0]?.item ?? ""),
    parts: parts.map(({ body, object }) => JSON.parse(object === null ? body : readObject(objects, object).toString())),
  }));
  return cards.sort(byPlace);
}

/**
 * What a run has to show, or one step of it: the cards that it made, and for a task whose result was kept the card that was
 * made with that result.
 */
export function visibleCards(project: Project, run: string, step?: string): readonly KeptCard[] {
  if (!hasCards(project)) return [];
  const own = cardsOf(project, run, step);
  const has = new Set(own.map(nameOf));
  const kept = keptTasks(project, run, step).filter((task) => !has.has(nameOf(task)));
  const flows = Map.groupBy(kept, ({ flow }) => flow);
  const made = [...flows].flatMap(([flow, tasks]) =>
    runsWithCards(project, flow).flatMap((maker) => madeCards(project, maker, tasks)),
  );
  return [...own, ...made].sort(byPlace);
}

// Most projects have none, and a map may have taken ten thousand results from the cache.
function hasCards(project: Project): boolean {
  return hasDatabase(project) && openDatabase(project).first("SELECT 1 FROM flow_card LIMIT 1") !== null;
}

interface CardRow {
  readonly step: string;
  readonly item: string;
  readonly body: string;
  readonly object: string | null;
}

interface KeptTask {
  readonly step: string;
  readonly indices: readonly number[];
  readonly key: string;
  /** The flow that made its result, and when. */
  readonly flow: string;
  readonly time: number;
}

function keptTasks(project: Project, run: string, step?: string): readonly KeptTask[] {
  type Row = Omit<KeptTask, "indices"> & { readonly item: string };
  const rows = openDatabase(project).read<Row>(
    `SELECT a.step, a.item, a.key, m.flow, m.time
     FROM flow_run r JOIN flow_attempt a ON a.run = r.id JOIN flow_result m ON m.key = a.key
     WHERE r.uuid = ? AND a.state = 'cached'${step === undefined ? "" : " AND a.step = ?"}`,
    run,
    ...(step === undefined ? [] : [step]),
  );
  return rows.map(({ item, ...row }) => ({ ...row, indices: indicesOf(item) }));
}

interface Maker {
  readonly uuid: string;
  readonly started: number;
  readonly ended: number | null;
}

function runsWithCards(project: Project, flow: string): readonly Maker[] {
  return openDatabase(project).read<Maker>(
    `SELECT uuid, started, ended FROM flow_run
     WHERE flow = ? AND EXISTS (SELECT 1 FROM flow_card WHERE run = uuid) ORDER BY started DESC`,
    flow,
  );
}

/** How far the clocks of two machines may be apart. */
const clocksMs = 60_000;

// Keys have no index: the time of a result says which runs may have made it.
function isWithin({ started, ended }: Maker, { time }: KeptTask): boolean {
  return started - clocksMs <= time && time <= (ended ?? Number.POSITIVE_INFINITY) + clocksMs;
}

// The steps and items may have had other names in the run that made the results: the key is what they share.
function madeCards(project: Project, maker: Maker, tasks: readonly KeptTask[]): readonly KeptCard[] {
  if (!tasks.some((task) => isWithin(maker, task))) return [];
  const rows = openDatabase(project).read<{ readonly step: string; readonly item: string; readonly key: string }>(
    `SELECT DISTINCT c.step, c.item, a.key FROM flow_card c JOIN flow_run r ON r.uuid = c.run
     JOIN flow_attempt a ON a.run = r.id AND a.step = c.step AND a.item = c.item
     WHERE c.run = ? AND a.state = 'done'`,
    maker.uuid,
  );
  if (rows.length === 0) return [];
  const names = new Map(rows.map(({ key, step, item }) => [key, nameOf({ step, indices: indicesOf(item) })]));
  const wanted = tasks.filter(({ key }) => names.has(key));
  if (wanted.length === 0) return [];
  const cards = new Map(cardsOf(project, maker.uuid).map((card) => [nameOf(card), card.parts]));
  return wanted.flatMap(({ key, step, indices }) => {
    const parts = cards.get(names.get(key) ?? "");
    return parts === undefined ? [] : [{ step, indices, parts, madeBy: maker.uuid }];
  });
}

function nameOf({ step, indices }: Pick<KeptCard, "step" | "indices">): string {
  return `${step} ${indices.join(" ")}`;
}

function byPlace(a: KeptCard, b: KeptCard): number {
  if (a.step !== b.step) return a.step < b.step ? -1 : 1;
  return compareIndices(a.indices, b.indices);
}
