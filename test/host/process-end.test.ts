import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";

const index = new URL("../../src/host/index.ts", import.meta.url).href;

/** Runs a script that has `place`, the host, and prints "ready"; sends the signal then. */
async function ended(
  body: string,
  signal: NodeJS.Signals | null,
): Promise<{ text: string; code: number | null; signal: string | null }> {
  const script = `import { host } from "${index}"; const place = host(); ${body}; console.log("ready");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  let isSent = false;
  child.stdout.on("data", (chunk) => {
    text += String(chunk);
    if (signal === null || isSent || !text.includes("ready\n")) return;
    isSent = true;
    child.kill(signal);
  });
  return new Promise((resolve) => child.on("close", (code, by) => resolve({ text, code, signal: by })));
}

const flushes = `import { writeSync } from "node:fs"; place.onFlush(() => writeSync(1, "flushed "))`;
const waits = "setInterval(() => {}, 1000)";

describe("the host of plain Node", () => {
  it("flushes at the end of the script", async () =>
    expect(await ended(flushes, null)).toEqual({ text: "ready\nflushed ", code: 0, signal: null }));

  it("flushes before SIGTERM ends the process, which it still does", async () => {
    const end = await ended(`${flushes}; ${waits}`, "SIGTERM");
    expect(end).toMatchObject({ signal: "SIGTERM" });
    expect(end.text).toContain("flushed");
  });

  it("ends at once by Ctrl-C when nobody asked for the stop signal", async () =>
    expect(await ended(`${flushes}; ${waits}`, "SIGINT")).toMatchObject({ signal: "SIGINT" }));

  it("lets work that listens to the stop signal end by itself", async () => {
    const body = `const timer = ${waits}; place.stopSignal().addEventListener("abort", () => { clearInterval(timer); console.log("cleared"); })`;
    expect(await ended(body, "SIGINT")).toEqual({ text: "ready\ncleared\n", code: 0, signal: null });
  });

  it("ends by Ctrl-C a second later when the work does not listen", async () =>
    expect(await ended(`place.stopSignal(); ${waits}`, "SIGINT")).toMatchObject({ signal: "SIGINT" }));

  it("leaves the end to a listener of the program's own", async () => {
    const body = `${flushes}; ${waits}; process.on("SIGTERM", () => process.exit(7))`;
    expect(await ended(body, "SIGTERM")).toMatchObject({ code: 7, signal: null });
  });
});
