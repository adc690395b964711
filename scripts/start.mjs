// `npm start [-- --no-browser] [-- --port N]`: from a fresh clone to JupyterLab on the SEIR notebook.
import { parseArgs } from "node:util";
import { firstRun } from "./first-run.mjs";
import { checkPort, runLab } from "./lab.mjs";
import { prepare } from "./prepare.mjs";
import { step } from "./steps.mjs";
import { report, Trouble } from "./trouble.mjs";

async function main() {
  const options = parseOptions(process.argv.slice(2));
  const start = performance.now();
  if (options.port !== undefined) await checkPort(options.port);
  const node24 = await prepare(["lab"]);
  await step("first run", () => firstRun(node24));
  return runLab(options, (url) => {
    console.log(
      `\nJupyterLab, after ${((performance.now() - start) / 1000).toFixed(1)} s; Ctrl-C ends it:\n\n    ${url}\n`,
    );
  });
}

function parseOptions(args) {
  const usage = "npm start [-- [--no-browser] [--port N]]";
  try {
    const options = { "no-browser": { type: "boolean" }, port: { type: "string" } };
    const { values } = parseArgs({ args, options });
    return {
      browser: values["no-browser"] !== true,
      port: values.port === undefined ? undefined : parsePort(values.port),
    };
  } catch (error) {
    throw error instanceof Trouble ? error : new Trouble(`${error.message}. Usage: ${usage}`);
  }
}

function parsePort(text) {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Trouble(`--port takes a number from 1 to 65535, not "${text}".`);
}

process.exitCode = await main().catch(report);
