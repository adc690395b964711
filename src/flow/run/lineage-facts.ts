import type { Activity, Entity, Fact } from "../../lineage/index.ts";
import { markOf } from "../encoding/index.ts";
import { objectsIn } from "../keep/index.ts";
import type { Evaluator, Known } from "../keys/index.ts";
import { type Binding, find, indicesIn, type Place, type StepPlan } from "../plan/index.ts";
import type { Value } from "../values/index.ts";
import type { Task } from "./task.ts";

export { markOf };

/** What the facts are read from: what is known of the run so far. */
export interface Sources {
  readonly known: Known;
  readonly read: Evaluator;
}

/** The step as an activity of the graph: the same in each run with the same key. */
export function stepActivity(flow: string, task: Pick<Task, "step" | "key">): Activity {
  return { kind: "step", flow, step: task.step.id, key: task.key.slice(0, 64) };
}

/** What a task used and made. */
export function taskFacts(task: Task, result: { readonly digest: string }, { known, read }: Sources): readonly Fact[] {
  const activity = stepActivity(known.plan.name, task);
  const used = Object.entries(task.step.inputs).flatMap(([name, binding]) =>
    binding.from === "given"
      ? givenEntity(name, read.value(binding, task.place))
      : entities(binding, task.place, { known, read }),
  );
  const closure = task.code.closure.map(({ name, value }): Entity => ({ kind: "value", digest: value.digest, name }));
  const made = valueEntity(task.step, task.place.indices, markOf(task.key, result.digest));
  const timeMs = Date.now();
  return [
    ...[...used, ...closure].map((entity): Fact => ({ activity, verb: "used", entity, timeMs })),
    { activity, verb: "made", entity: made, timeMs },
  ];
}

// A table of the notebook; a date or a map is no more worth a node than a number is.
function givenEntity(name: string, value: Value | null): readonly Entity[] {
  if (value === null || objectsIn(value.text()).length === 0) return [];
  return [{ kind: "value", digest: value.digest, name }];
}

function valueEntity(step: StepPlan, indices: readonly number[], digest: string): Entity {
  return { kind: "value", digest, name: indices.length === 0 ? step.id : `${step.id}[${indices.join("][")}]` };
}

/** The files and results that a binding stands for at a place. */
export function entities(binding: Binding, place: Place, from: Sources): readonly Entity[] {
  switch (binding.from) {
    case "file": {
      const { path, md5, bytes } = from.known.file(binding.path);
      return [{ kind: "data", path, md5, bytes }];
    }
    case "list":
      return binding.items.flatMap((item) => entities(item, place, from));
    case "record":
      return Object.values(binding.fields).flatMap((field) => entities(field, place, from));
    case "map":
      return inside(binding.map, place, from).flatMap((one) => entities(binding.each, one, from));
    case "step":
      return results(find(from.known.plan.steps, binding.step), place, from);
    case "item":
      return itemEntities(binding.map, place, from);
    case "range":
      return [binding.start, binding.end, binding.step].flatMap((part) => entities(part, place, from));
    case "when":
      return takenEntities(binding.when, place, from);
    case "state":
      return stateEntities(binding.loop, { place, from, round: indicesIn([binding.loop], place)[0] ?? 0 });
    case "loop": {
      const { maps } = find(from.known.plan.loops, binding.loop);
      const round = from.read.rounds(binding.loop, indicesIn(maps, place)).count;
      return stateEntities(binding.loop, { place, from, round });
    }
    default:
      return [];
  }
}

// What decided, and what the branch that was taken gives.
function takenEntities(id: string, place: Place, from: Sources): readonly Entity[] {
  const { on, branches, otherwise, maps } = find(from.known.plan.whens, id);
  const branch = from.read.branch(id, place) ?? "";
  const given = Object.hasOwn(branches, branch) ? branches[branch] : otherwise;
  const decided = entities(on, { maps, indices: indicesIn(maps, place) }, from);
  return [...decided, ...(given == null ? [] : entities(given, place, from))];
}

// The state before the first round is the loop's own input, that of another one what the round before made.
function stateEntities(
  id: string,
  { place, from, round }: { readonly place: Place; readonly from: Sources; readonly round: number },
): readonly Entity[] {
  const { initial, next, maps } = find(from.known.plan.loops, id);
  const indices = indicesIn(maps, place);
  if (round === 0) return entities(initial, { maps, indices }, from);
  return entities(next, { maps: [...maps, id], indices: [...indices, round - 1] }, from);
}

// An item of a list that a step made: that step's result; of a list of results: the one of this item.
function itemEntities(id: string, place: Place, from: Sources): readonly Entity[] {
  const map = find(from.known.plan.maps, id);
  const index = indicesIn([id], place)[0] ?? -1;
  const found = entities(map.over, { maps: map.maps, indices: indicesIn(map.maps, place) }, from);
  const items = from.read.items(id, indicesIn(map.maps, place)) ?? [];
  return found.length === items.length ? found.slice(index, index + 1) : found;
}

function results(step: StepPlan, place: Place, from: Sources): readonly Entity[] {
  const outer = step.maps.find((map) => !place.maps.includes(map));
  if (outer !== undefined) return inside(outer, place, from).flatMap((one) => results(step, one, from));
  const indices = indicesIn(step.maps, place);
  const value = from.known.result(step.id, indices);
  return value === null ? [] : [valueEntity(step, indices, value.mark ?? value.digest)];
}

function inside(map: string, place: Place, { known, read }: Sources): readonly Place[] {
  const items = read.items(map, indicesIn(find(known.plan.maps, map).maps, place)) ?? [];
  return items.map((_, i) => ({ maps: [...place.maps, map], indices: [...place.indices, i] }));
}
