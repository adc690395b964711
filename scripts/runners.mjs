import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outcome } from "./command.mjs";
import { root } from "./places.mjs";
import { lastLines } from "./trouble.mjs";

/** Where each suite leaves its whole output. */
export const logs = join(root, "build", "test");

/**
 * A runner takes the path of Node 24, the suite's name and what is added to the environment, and answers what the suite
 * found: `passed`, `failed` and `skipped` tests, and `failures`, a few lines for each.
 */

/** A tool of node_modules that knows only one verdict: it counts as one test. */
export function tool(program, ...args) {
  return async (node24, name, env) => {
    const all = [join(root, "node_modules", program), ...args];
    const { code, output } = await outcome(node24, all, { env: { ...inFront(node24), ...env } });
    keepLog(name, output);
    if (code === 0) return { passed: 1, failed: 0, skipped: 0, failures: [] };
    return { passed: 0, failed: 1, skipped: 0, failures: [lastLines(output, 30)] };
  };
}

/** One project of vitest.config.ts. */
export function vitest(project) {
  return async (node24, _, env) => {
    const file = reportFile(`${project}.json`);
    const args = ["run", "--project", project, "--reporter=json", `--outputFile=${file}`];
    const program = join(root, "node_modules", "vitest", "vitest.mjs");
    const { output } = await outcome(node24, [program, ...args], { env: { ...inFront(node24), ...env } });
    keepLog(project, output);
    return fromReport(file, output, ofVitest);
  };
}

/** What a JSON report of Vitest says: how many tests passed, failed, were skipped, and words for each that failed. */
export function ofVitest(report) {
  const tests = report.testResults.flatMap(({ assertionResults, name, message, status }) => {
    // A file that does not load, or whose preparation fails, has no test that failed, and must not pass for it.
    const isTold = assertionResults.some((test) => test.status === "failed");
    const own = { status, fullName: name, failureMessages: [message || "what its tests need, or leave, failed"] };
    return status === "failed" && !isTold ? [own, ...assertionResults] : assertionResults;
  });
  return counted(
    tests.map(({ status, fullName, failureMessages }) => ({
      status: status === "passed" || status === "failed" ? status : "skipped",
      words: `${fullName}\n${firstLines((failureMessages ?? []).join("\n"))}`,
    })),
  );
}

/** What failed, and where. Vitest's report has its own placeholder, and not the message, for a test that took too long. */
function firstLines(text) {
  return text.replaceAll("Error: STACK_TRACE_ERROR", "took too long").split("\n").slice(0, 8).join("\n");
}

/** The browser tests, with JupyterLab's own Playwright kit. */
export function playwright(browser) {
  return async (node24, _, env) => {
    const file = reportFile("lab.json");
    const config = join(root, "test", "lab", "playwright.config.ts");
    const program = join(root, "node_modules", "@playwright", "test", "cli.js");
    const added = { ...inFront(node24), ...env, ...browser, PLAYWRIGHT_JSON_OUTPUT_NAME: file };
    const { output } = await outcome(node24, [program, "test", "--config", config, "--reporter=json"], { env: added });
    keepLog("lab", output);
    return fromReport(file, output, ofPlaywright);
  };
}

function ofPlaywright(report) {
  const statuses = { expected: "passed", flaky: "passed", unexpected: "failed", skipped: "skipped" };
  const specs = report.suites.flatMap(specsOf);
  const tests = specs.flatMap(({ title, tests }) =>
    tests.map(({ status, results }) => ({
      status: statuses[status],
      words: `${title}\n${results.flatMap(({ errors }) => errors.map(({ message }) => lastLines(message, 20))).join("\n")}`,
    })),
  );
  const broken = report.errors.map(({ message }) => ({ status: "failed", words: message }));
  return counted([...tests, ...broken]);
}

function specsOf(suite) {
  return [...suite.specs, ...(suite.suites ?? []).flatMap(specsOf)];
}

function counted(tests) {
  const count = (status) => tests.filter((test) => test.status === status).length;
  const failures = tests.filter(({ status }) => status === "failed").map(({ words }) => words);
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped"), failures };
}

/** What a report says; a runner that left none, or one without a test, has failed. */
function fromReport(file, output, read) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: [`no report\n${lastLines(output, 30)}`] };
  }
  const found = read(report);
  if (found.passed + found.failed > 0) return found;
  return { ...found, failed: 1, failures: [`no test ran\n${lastLines(output, 30)}`] };
}

function reportFile(name) {
  mkdirSync(logs, { recursive: true });
  const file = join(logs, name);
  rmSync(file, { force: true });
  return file;
}

function keepLog(name, output) {
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(logs, `${name}.log`), output);
}

/** Node 24 in front of PATH, for what the tests start; colours would only be noise in a log. */
function inFront(node24) {
  const bin = join(root, "node_modules", ".bin");
  return { PATH: `${bin}:${join(node24, "..")}:${process.env.PATH}`, NO_COLOR: "1", FORCE_COLOR: undefined };
}
