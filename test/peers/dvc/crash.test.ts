import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findProject, md5 } from "../../../src/store/index.ts";
import { addData, dataStatus } from "../../../src/version/index.ts";
import { root } from "../../support/tools.ts";
import { dvc, dvcStatus, newFolder } from "./dvc.ts";

const program = `
import { findProject } from ${JSON.stringify(join(root, "src/store/index.ts"))};
import { addData } from ${JSON.stringify(join(root, "src/version/index.ts"))};
process.stdout.write("ready");
await addData(findProject(process.cwd()), "data");
`;

/** Adds `data` in a process of its own and kills it `afterMs` after it began; true when it was quicker. */
async function addAndKill(folder: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
  const [code] = await once(child, "exit");
  clearTimeout(timer);
  return code === 0;
}

function objects(folder: string): readonly string[] {
  const cache = join(folder, ".dvc", "cache", "files", "md5");
  try {
    return readdirSync(cache, { recursive: true, withFileTypes: true })
      .filter((item) => item.isFile())
      .map((item) => join(item.parentPath, item.name));
  } catch {
    return [];
  }
}

it("killed at any moment, leaves a repository that both open, and no object that is not what its name says", async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "data"));
  let killed = 0;
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 300; i++) writeFileSync(join(folder, "data", `${i}.txt`), `${round} ${i}\n`.repeat(200));
    if (!(await addAndKill(folder, round * 12))) killed += 1;
    for (const path of objects(folder)) {
      const name = path.split("/").slice(-2).join("");
      expect(md5(readFileSync(path))).toBe(name.slice(0, 32));
      expect(statSync(path).mode & 0o777).toBe(0o444);
    }
  }
  expect(killed).toBeGreaterThan(0);
  await addData(findProject(folder), "data");
  expect(await dataStatus(findProject(folder))).toMatchObject([{ path: "data", state: "unchanged" }]);
  dvc(folder, "checkout", "-q");
  expect(dvcStatus(folder)).toEqual({});
});
