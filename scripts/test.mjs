// `npm test [-- NAME…]`: installs what the tests need, runs all suites or those named. The last line is "N passed, N failed".
import { installChromium } from "./chromium.mjs";
import { endPrograms } from "./command.mjs";
import { prepare } from "./prepare.mjs";
import { installServices } from "./services.mjs";
import { printLine, step } from "./steps.mjs";
import { suites } from "./suites.mjs";
import { testFolder } from "./temporary.mjs";
import { report, Trouble } from "./trouble.mjs";

/** Suites at a time: two cores are what our CI has, and more only wait for each other. */
const lanes = 2;

async function main() {
  const chosen = choose(process.argv.slice(2));
  const node24 = await install(chosen);
  console.log("");
  const results = await runAll(chosen, node24);
  for (const { name, failures } of results) for (const words of failures) console.log(`\n✗ ${name}: ${words}`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

function choose(names) {
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    const known = suites.map(({ name }) => name).join(", ");
    throw new Trouble(`No suite is named ${unknown.join(", ")}. There are: ${known}.`);
  }
  return names.length === 0 ? suites : suites.filter(({ name }) => names.includes(name));
}

async function install(chosen) {
  const browser = chosen.some(({ name }) => name === "lab") ? step("Chromium", chromium) : undefined;
  const servers = chosen.some(({ name }) => name.startsWith("peers-"))
    ? step("servers of the tests", services)
    : undefined;
  const [node24] = await Promise.allSettled([prepare(["lab", "test"]), browser, servers]);
  if (node24.status === "rejected") throw node24.reason;
  return node24.value;
}

const chromium = () => orMissing(async () => (await installChromium()).words);
const services = () => orMissing(installServices);

async function orMissing(install) {
  try {
    return await install();
  } catch (error) {
    // The suite that needs it fails by it, and says what to install; the others can run.
    if (error instanceof Trouble) return `missing: ${error.message}`;
    throw error;
  }
}

async function runAll(chosen, node24) {
  const waiting = [...chosen];
  const results = [];
  const lane = async () => {
    for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) {
      results.push(await runOne(suite, node24));
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.once(signal, () => {
      waiting.length = 0;
      endPrograms();
    });
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

async function runOne({ name, run }, node24) {
  const start = performance.now();
  const { env, close } = testFolder();
  const result = await run(node24, name, env).catch(failureOf);
  printLine(name, wordsOf(result), performance.now() - start);
  const words = close();
  if (words !== "") console.log(`  ${words}`);
  return { name, ...result };
}

function failureOf(error) {
  return { passed: 0, failed: 1, skipped: 0, failures: [error instanceof Trouble ? error.message : error.stack] };
}

function wordsOf({ passed, failed, skipped }) {
  const counts = [`${passed} passed`];
  if (failed > 0) counts.push(`${failed} failed`);
  if (skipped > 0) counts.push(`${skipped} skipped`);
  return counts.join(", ");
}

const { passed, failed } = await main().catch((error) => {
  report(error);
  return { passed: 0, failed: 1 };
});
process.exitCode = failed > 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);
