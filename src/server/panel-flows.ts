import { stripVTControlCharacters } from "node:util";
import {
  type FlowLogAnswer,
  type FlowRunAnswer,
  type FlowRunRow,
  type FlowsAnswer,
  type FlowTry,
  flowView,
} from "../display/index.ts";
import {
  attemptsOf,
  type FlowRunRecord,
  flowRun,
  flowRunPage,
  type KeptAttempt,
  keptRunStatus,
} from "../flow/index.ts";
import { MlflowError } from "../format/index.ts";
import { type Answer, json } from "./answer.ts";
import { filterWords, type PanelQuestion, pageLimit, pageOffset, panelQuestion } from "./panel-question.ts";
import type { Call } from "./request.ts";
import type { Route, Served } from "./route.ts";

/** Runs of flows as the panel shows them. */
export const flowRoutes: readonly Route[] = [
  { method: "GET", path: "/panel/flows", handle: flows },
  { method: "GET", path: "/panel/flows/:id", handle: flow },
  { method: "GET", path: "/panel/flow-log/:id", handle: flowLog },
];

/** Characters of the cards of a run's page: more than in a notebook, which keeps them. */
const cardsLength = 1_000_000;

/** Characters of a log in one answer. */
const logLength = 200_000;

async function flows(call: Call, served: Served): Promise<Answer> {
  const { fields, project } = panelQuestion(call, served);
  const page = { words: filterWords(fields), offset: pageOffset(fields), limit: pageLimit(fields) };
  const { runs, total } = flowRunPage(project, page);
  return json({ runs: runs.map(runRow), total } satisfies FlowsAnswer);
}

async function flow(call: Call, served: Served): Promise<Answer> {
  const question = panelQuestion(call, served);
  const run = runOf(question, call);
  const tries = attemptsOf(question.project, run.id);
  const rank = ({ state }: KeptAttempt): number => ["failed", "running", "stopped"].indexOf(state) >>> 0;
  const sorted = [...tries].sort((a, b) => rank(a) - rank(b));
  return json({
    run: runRow(run),
    view: flowView(keptRunStatus(question.project, run.id), Date.now(), cardsLength),
    tries: sorted.slice(0, pageLimit(question.fields)).map(tryRow),
    total: tries.length,
  } satisfies FlowRunAnswer);
}

async function flowLog(call: Call, served: Served): Promise<Answer> {
  const question = panelQuestion(call, served);
  const { fields, project } = question;
  const run = runOf(question, call);
  const item = fields.optionalText("item") ?? "";
  const attempt = fields.optionalWhole("attempt");
  const found = attemptsOf(project, run.id, fields.text("step")).findLast(
    (one) => one.indices.join(".") === item && (attempt === null || one.attempt === attempt),
  );
  if (found === undefined) throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `Run ${run.id} has no such task.`);
  // The colours of a terminal.
  const text = stripVTControlCharacters(found.log());
  return json({ text: text.slice(-logLength), cut: text.length > logLength } satisfies FlowLogAnswer);
}

function runOf({ project }: PanelQuestion, { parts }: Call): FlowRunRecord {
  const id = parts["id"] ?? "";
  const found = flowRun(project, id);
  if (found !== null) return found;
  throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `There is no run ${id} of a flow in ${project.root}.`);
}

function runRow(run: FlowRunRecord): FlowRunRow {
  const { id, flow: name, state, startMs, endMs, error } = run;
  // The row has the flow's name already.
  const line = error?.message.replace(`flow "${name}", `, "").split("\n")[0]?.slice(0, 300) ?? null;
  return { id, flow: name, state, startMs, endMs, error: line, params: paramsText(run) };
}

function paramsText({ params }: FlowRunRecord): string {
  const texts = Object.entries(params).map(([name, value]) => `${name} ${short(JSON.stringify(value))}`);
  return texts.join(", ").slice(0, 300);
}

function short(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

function tryRow({ step, indices, attempt, state, reason, startMs, endMs, error, hasLog }: KeptAttempt): FlowTry {
  const message = error?.message.slice(0, 2000) ?? null;
  return { step, item: indices.join("."), attempt, state, reason, startMs, endMs, error: message, hasLog };
}
