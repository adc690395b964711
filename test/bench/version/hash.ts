import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestsOf } from "../../../src/store/hashed-file.ts";
import { md5Files, type SizedFile } from "../../../src/store/index.ts";
import { milliseconds, pairs, type Row, row } from "../bench.ts";

const count = 100;
const bytes = 10 * 1024 * 1024;

/** 100 x 10 MiB, in the page cache. */
export async function* hashRows(base: string): AsyncIterable<Row> {
  const files = filesOf(join(base, "hash"));
  const paths = files.map(({ path }) => path);
  const name = { bench: "version", case: `MD5 of ${count} x 10 MiB`, unit: "ms" };
  const [first] = files;
  const digest = createHash("md5").update(randomBytes(0)).digest("hex");
  if (first === undefined || digestsOf([first])[0] === digest) throw new RangeError("the files are empty");
  const one = await pairs(
    () => milliseconds(() => digestsOf(files)),
    () => milliseconds(() => execFileSync("md5sum", paths, { stdio: "ignore" })),
  );
  yield row({ ...name, case: `${name.case}, one thread`, peerName: "md5sum", goal: "<= 0.45" }, one);
  const two = await pairs(
    () => milliseconds(() => md5Files(files)),
    () =>
      milliseconds(() =>
        execFileSync("xargs", ["-n", "5", "-P2", "md5sum"], {
          input: paths.join("\n"),
          stdio: ["pipe", "ignore", "inherit"],
        }),
      ),
  );
  yield row({ ...name, case: `${name.case}, threads`, peerName: "md5sum, two at once", goal: "<= 0.55" }, two);
}

function filesOf(folder: string): readonly SizedFile[] {
  mkdirSync(folder);
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${i}.bin`);
    writeFileSync(path, randomBytes(bytes));
    return { path, bytes };
  });
}
