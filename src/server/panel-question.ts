import { queryBody, type RequestFields, requestFields } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { projectOf } from "./projects.ts";
import type { Call } from "./request.ts";
import type { Served } from "./route.ts";

/** What the panel asks of the project that a folder is in. */
export interface PanelQuestion {
  readonly fields: RequestFields;
  readonly project: Project;
}

export function panelQuestion(call: Call, served: Served): PanelQuestion {
  const fields = requestFields(queryBody(call.query, []));
  return { fields, project: projectOf(served, fields.optionalText("folder") ?? "") };
}

/** Rows of a page: what was asked for, but no more than the panel draws. */
export function pageLimit(fields: RequestFields, most = 2000): number {
  return Math.min(most, Math.max(1, fields.optionalWhole("limit") ?? 200));
}

/** Rows before the first of the page. */
export function pageOffset(fields: RequestFields): number {
  return Math.max(0, fields.optionalWhole("offset") ?? 0);
}

/** The words of the filter. */
export function filterWords(fields: RequestFields): readonly string[] {
  return (fields.optionalText("filter") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
}

/** Whether a text has all words of the filter, in any case. */
export function matches(fields: RequestFields): (text: string) => boolean {
  const words = filterWords(fields);
  return (text) => words.every((word) => text.toLowerCase().includes(word));
}
