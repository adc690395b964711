import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { root } from "../support/tools.ts";
import { emptyFolder, startStemma, stemma } from "./stemma.ts";

function printedUntil(child: ReturnType<typeof startStemma>, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stdout?.on("data", (chunk) => {
      printed += chunk;
      if (pattern.test(printed)) resolve(printed);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${printed}`)));
  });
}

function healthAt(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: "/health" }, (message) => resolve(message.resume().statusCode ?? 0))
      .on("error", reject)
      .end();
  });
}

describe("stemma serve", () => {
  it("prints what a client needs, answers, and ends by the signal it gets", async () => {
    const folder = emptyFolder();
    const child = startStemma(folder, "serve", "--port", "0");
    onTestFinished(() => void child.kill("SIGKILL"));
    const printed = await printedUntil(child, /TOKEN=.*\n/);
    expect(printed).toMatch(
      /^Stemma serves \. at (http:\/\/127\.0\.0\.1:\d+)\. Stop it with Ctrl-C\.\nMLFLOW_TRACKING_URI=\1\nMLFLOW_TRACKING_TOKEN=[\w-]{32}\n$/,
    );
    const url = /URI=(.*)\n/.exec(printed)?.[1];
    expect(await (await fetch(`${url}/health`)).text()).toBe("OK");
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([null, "SIGTERM"]);
    expect(existsSync(join(folder, "stemma"))).toBe(false);
  });

  it("prints no token with --no-auth", async () => {
    const child = startStemma(emptyFolder(), "serve", "--port", "0", "--no-auth");
    onTestFinished(() => void child.kill("SIGKILL"));
    const printed = await printedUntil(child, /URI=.*\n/);
    expect(printed).not.toContain("TOKEN");
    const url = /URI=(.*)\n/.exec(printed)?.[1];
    expect((await fetch(`${url}/version`)).status).toBe(200);
  });

  it("says what to do when its port is busy", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const address = other.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const child = startStemma(emptyFolder(), "serve", "--port", port);
    const [chunk] = await once(child.stderr ?? child, "data");
    expect(String(chunk)).toBe(
      `ERROR: Port ${port} on 127.0.0.1 is in use. Choose another port with --port, or --port 0 for a free one.\n`,
    );
    expect(await once(child, "exit")).toEqual([1, null]);
  });

  it("refuses --no-auth on an address that others reach", () => {
    const { code, err } = stemma(emptyFolder(), "serve", "--host", "0.0.0.0", "--no-auth");
    expect([code, err]).toEqual([
      1,
      "ERROR: --no-auth is for loopback and unix sockets only, and 0.0.0.0 can be reached from other machines. Leave --no-auth away, or use --host 127.0.0.1.\n",
    ]);
  });

  it("on a unix socket ends, not with 0, when the program that started it was killed", async () => {
    const folder = emptyFolder();
    const socket = join(folder, "s");
    const main = join(root, "src/cli/main.ts");
    const args = [main, "serve", "--unix-socket", socket, "--no-auth"];
    const started = `const child = require("node:child_process").spawn(process.execPath, ${JSON.stringify(args)}, { stdio: ["ignore", "inherit", "inherit"] });
      child.once("spawn", () => console.log("pid " + child.pid));`;
    const parent = spawn(process.execPath, ["-e", started], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void parent.kill("SIGKILL"));
    await printedUntil(parent, /pid \d+[\s\S]*serves/);
    expect(await healthAt(socket)).toBe(200);
    const stderr = parent.stderr;
    const said = once(stderr, "data");
    parent.kill("SIGKILL");
    expect(String((await said)[0])).toContain("The program that started this server has ended");
    await expect(healthAt(socket)).rejects.toThrow();
  });
});
