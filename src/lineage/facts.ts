import { isAbsolute, relative, sep } from "node:path";
import { hasDatabase, openDatabase, type Project, type Sql } from "../store/index.ts";
import type { Activity, Entity, Fact } from "./fact.ts";
import { nodeId } from "./node-id.ts";
import { tellFacts } from "./observe.ts";

/** Keeps facts. One that is known already stays as it is, with its first time. */
export function recordFacts(project: Project, facts: readonly Fact[]): void {
  if (facts.length === 0) return;
  openDatabase(project).write((sql) => {
    for (const fact of facts) {
      const activity = activityRow(sql, portable(project, fact.activity));
      const entity = entityRow(sql, fact.entity);
      sql.run(
        "INSERT INTO fact (activity, verb, entity, time) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        activity,
        fact.verb,
        entity,
        fact.timeMs,
      );
    }
  });
  tellFacts(facts);
}

interface FactRow {
  readonly verb: Fact["verb"];
  readonly record: string;
  readonly time: number;
}

/** What an activity used and made, in the order in which that was first so. */
export function factsOf(project: Project, activity: Activity): readonly Fact[] {
  if (!hasDatabase(project)) return [];
  const rows = openDatabase(project).read<FactRow>(
    `SELECT f.verb, e.record, f.time FROM fact f JOIN entity e ON e.id = f.entity JOIN activity a ON a.id = f.activity
     WHERE a.node = ? ORDER BY f.time`,
    nodeId(portable(project, activity)),
  );
  return rows.map(({ verb, record, time }) => ({ activity, verb, entity: JSON.parse(record) as Entity, timeMs: time }));
}

/** Keeps that an activity is a part of another: a nested run of its parent. */
export function recordPart(project: Project, child: Activity, parent: Activity): void {
  openDatabase(project).write((sql) => {
    sql.run(
      "INSERT INTO part (child, parent) VALUES (?, ?) ON CONFLICT DO NOTHING",
      activityRow(sql, portable(project, child)),
      activityRow(sql, portable(project, parent)),
    );
  });
}

/** An activity as it is kept: a notebook of the project by its path in it, so that a moved project keeps its graph. */
export function portable(project: Project, activity: Activity): Activity {
  if (activity.kind !== "cell" || !isAbsolute(activity.notebook)) return activity;
  const inside = relative(project.root, activity.notebook);
  if (inside.startsWith("..") || isAbsolute(inside)) return activity;
  return { ...activity, notebook: inside.split(sep).join("/") };
}

function activityRow(sql: Sql, activity: Activity): number {
  const node = nodeId(activity);
  const known = sql.first<{ readonly id: number }>("SELECT id FROM activity WHERE node = ?", node);
  if (known !== null) return known.id;
  return sql.run("INSERT INTO activity (node, record) VALUES (?, ?)", node, JSON.stringify(activity)).lastId;
}

function entityRow(sql: Sql, entity: Entity): number {
  const node = nodeId(entity);
  const known = sql.first<{ readonly id: number }>("SELECT id FROM entity WHERE node = ?", node);
  if (known !== null) return known.id;
  return sql.run("INSERT INTO entity (node, record) VALUES (?, ?)", node, JSON.stringify(entity)).lastId;
}
