import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";

const root = new URL("../..", import.meta.url).pathname;
const node = join(root, "node_modules", ".bin", "node");
const main = join(root, "dist", "kernel", "main.js");
const names = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"];

/** A connection file for free ports, the shell's first. */
async function connectionFile(): Promise<{ readonly file: string; readonly ports: readonly number[] }> {
  const servers = names.map(() => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  const file = join(notebookFolder(), "kernel.json");
  writeFileSync(file, JSON.stringify(Object.fromEntries(names.map((name, index) => [name, ports[index]]))));
  return { file, ports };
}

/** A process that has ended and that nobody has asked about (a container's first process may not) counts as ended. */
function isAlive(pid: number): boolean {
  const listed = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return listed !== "" && !listed.startsWith("Z");
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const isOpen = await new Promise<boolean>((resolve) =>
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false)),
  );
  socket.destroy();
  return isOpen;
}

describe("the kernel's process", { timeout: 30_000 }, () => {
  it("ends when the server that started it was killed", async () => {
    const { file, ports } = await connectionFile();
    const env = { ...process.env, JPY_PARENT_PID: String(process.pid) };
    const server = spawn("sh", ["-c", `"${node}" "${main}" --connection-file "${file}" & echo $!; wait`], { env });
    const pid = Number.parseInt(String((await once(server.stdout, "data"))[0]), 10);
    await expect.poll(() => answers(ports[0] ?? 0), { timeout: 15_000 }).toBe(true);
    expect(isAlive(pid)).toBe(true);
    server.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 8_000 }).toBe(false);
  });

  it("says which address it cannot have, and ends", async () => {
    const { file, ports } = await connectionFile();
    const holder = createServer().listen(ports[0], "127.0.0.1");
    await once(holder, "listening");
    const kernel = spawn(node, [main, "--connection-file", file]);
    let said = "";
    kernel.stderr.on("data", (text) => {
      said += String(text);
    });
    const [code] = await once(kernel, "close");
    holder.close();
    expect(code).toBe(1);
    expect(said).toContain(`127.0.0.1:${ports[0]}`);
  });
});
