import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const node = JSON.stringify(process.execPath);

mkdirSync(join(folder, "data"));
writeFileSync(join(folder, "data", "cases of 1978.csv"), "ill\n3\n8\n26\n");
writeFileSync(
  join(folder, "fit.cjs"),
  `const [data, by, out] = process.argv.slice(2);
const fs = require("node:fs");
fs.appendFileSync("runs.txt", by + " ");
const sum = fs.readFileSync(data, "utf8").trim().split("\\n").slice(1).reduce((a, b) => a + Number(b), 0);
fs.writeFileSync(out, JSON.stringify({ sum: sum * Number(by) }));
`,
);

const read = ({ path }: { path: string }): number => JSON.parse(readFileSync(path, "utf8")).sum;
const ran = (): string => readFileSync(join(folder, "runs.txt"), "utf8");
const command = `${node} {script} {data} {by} {out}`;

describe("f.exec()", () => {
  const fits = flow("fits", { by: [2, 3] }, (f, p) =>
    f.map(p.by, (by) => {
      const fit = f.exec(command, {
        deps: { script: "fit.cjs", data: f.file("data/cases of 1978.csv") },
        params: { by },
        outs: { out: "fit result.json" },
      });
      return f.step(read, { path: fit.at("out") });
    }),
  );

  it("runs for each item, with a path of its own for its out, and is kept by its deps and params", async () => {
    expect((await fits.run()).output).toEqual([74, 111]);
    expect(ran().trim().split(" ").sort()).toEqual(["2", "3"]);
    const again = await fits.run({ by: [2, 3, 4] });
    expect(again.output).toEqual([74, 111, 148]);
    expect(ran().trim().split(" ").sort()).toEqual(["2", "3", "4"]);
    expect(again.status.steps.map(({ step, cached, total }) => [step, cached, total])).toEqual([
      ["node", 2, 3],
      ["read", 2, 3],
    ]);
  });

  it("runs in the folder of its own project, also after it ran for another one", async () => {
    const size = ({ path }: { path: string }): number => readFileSync(path, "utf8").length;
    const elsewhere = mkdtempSync(join(tmpdir(), "stemma-flow-"));
    const lengths: number[] = [];
    for (const name of ["first", "second"]) {
      const other = join(elsewhere, name);
      mkdirSync(other);
      writeFileSync(join(other, "own.txt"), name);
      process.chdir(other);
      const copy = `${node} -e "fs.copyFileSync('own.txt', process.argv[1])" {out}`;
      const made = flow("copies", {}, (f) => f.step(size, { path: f.exec(copy, { outs: { out: "copy" } }).at("out") }));
      lengths.push((await made.run()).output);
      process.chdir(folder);
    }
    rmSync(elsewhere, { recursive: true });
    expect(lengths).toEqual([5, 6]);
  });

  it("is another one in another folder of the project, which status() tells; a project that moved as a whole keeps it", async () => {
    const away = realpathSync(mkdtempSync(join(tmpdir(), "stemma-flow-")));
    onTestFinished(() => {
      process.chdir(folder);
      rmSync(away, { recursive: true });
    });
    const root = join(away, "project");
    for (const name of ["a", "b"]) {
      mkdirSync(join(root, name), { recursive: true });
      writeFileSync(join(root, name, "own.txt"), `${name} ${name}`);
    }
    mkdirSync(join(root, ".dvc"));
    const given = `${node} -e "fs.copyFileSync('own.txt', process.argv[1])" {out}`;
    const words = ({ path }: { path: string }): string => readFileSync(path, "utf8");
    const copies = (at: string, copy = given) => {
      process.chdir(at);
      return flow("copies", {}, (f) => f.step(words, { path: f.exec(copy, { outs: { out: "copy" } }).at("out") }));
    };
    const first = copies(join(root, "a"));
    expect((await first.run()).output).toBe("a a");
    const other = copies(join(root, "b"));
    expect(other.status().steps[0]).toMatchObject({
      state: "stale",
      reason: "runs in another folder: b/ instead of a/",
    });
    expect((await other.run()).output).toBe("b b");
    expect((await first.run()).status.steps.map(({ state }) => state)).toEqual(["cached", "cached"]);
    expect(copies(join(root, "b"), `${given} more`).status().steps[0]?.reason).toBe("code of node changed");
    writeFileSync(join(root, "own.txt"), "root");
    const top = copies(root);
    expect(top.status().steps[0]?.reason).toBe("runs in another folder: the project's own instead of a/");
    expect((await top.run()).output).toBe("root");
    process.chdir(folder);
    renameSync(root, join(away, "moved"));
    for (const name of ["", "a", "b"])
      expect(copies(join(away, "moved", name)).status().steps[0]?.state).toBe("cached");
  });

  it("runs again when a file that it reads changes, and says which", async () => {
    writeFileSync(join(folder, "data", "cases of 1978.csv"), "ill\n1\n1\n");
    expect(fits.status().steps[0]).toMatchObject({ state: "stale", reason: "input data/cases of 1978.csv changed" });
    expect((await fits.run()).output).toEqual([4, 6]);
  });

  it("gives paths that stay what they are, and makes them again from what is kept", async () => {
    const one = flow("one", { by: 5 }, (f, p) =>
      f.exec(command, {
        deps: { script: "fit.cjs", data: f.file("data/cases of 1978.csv") },
        params: { by: p.by },
        outs: { out: "fit.json" },
      }),
    );
    const first = (await one.run()).output.out;
    const second = (await one.run({ by: 6 })).output.out;
    expect(JSON.parse(readFileSync(first, "utf8"))).toEqual({ sum: 10 });
    expect(JSON.parse(readFileSync(second, "utf8"))).toEqual({ sum: 12 });
    rmSync(join(folder, "stemma", "outs"), { recursive: true });
    const runs = ran();
    expect((await one.run()).output.out).toBe(first);
    expect(JSON.parse(readFileSync(first, "utf8"))).toEqual({ sum: 10 });
    expect(ran()).toBe(runs);
    // Also the kept bytes are gone: then it runs.
    rmSync(join(folder, "stemma", "outs"), { recursive: true });
    rmSync(join(folder, "stemma", "objects"), { recursive: true });
    expect(one.status().steps[0]?.state).toBe("stale");
    expect(JSON.parse(readFileSync((await one.run()).output.out, "utf8"))).toEqual({ sum: 10 });
    expect(ran()).toBe(`${runs}5 `);
  });

  it("keeps a folder, and puts an out of a fixed place back there when it is missing", async () => {
    const script = `const fs = require("node:fs"); fs.mkdirSync("made/deep", { recursive: true }); fs.writeFileSync("made/deep/ä.txt", "hello")`;
    writeFileSync(join(folder, "make.cjs"), script);
    const list = ({ path }: { path: string }): string[] => readdirSync(path, { recursive: true }).map(String).sort();
    const made = flow("made", {}, (f) =>
      f.step(list, { path: f.exec(`${node} make.cjs`, { deps: ["make.cjs"], outs: { made: "made" } }).at("made") }),
    );
    expect((await made.run()).output).toEqual(["deep", join("deep", "ä.txt")]);
    rmSync(join(folder, "made"), { recursive: true });
    const again = await made.run();
    expect(again.status.steps.map(({ state }) => state)).toEqual(["cached", "cached"]);
    expect(readFileSync(join(folder, "made", "deep", "ä.txt"), "utf8")).toBe("hello");
    writeFileSync(join(folder, "made", "deep", "ä.txt"), "by hand");
    await made.run();
    expect(readFileSync(join(folder, "made", "deep", "ä.txt"), "utf8")).toBe("by hand");
  });

  it("tells the exit code and the end of stderr", async () => {
    const bad = flow("bad", {}, (f) => f.exec(`${node} -e "console.error('no such model'); process.exit(3)"`));
    await expect(bad.run()).rejects.toThrow(/ended with exit code 3\. The end of its stderr:\nno such model/);
    const none = flow("none", {}, (f) => f.exec(`${node} -e 0 {out}`, { outs: { out: "a.json" } }));
    await expect(none.run()).rejects.toThrow('did not write its out "out"');
  });

  it("sees the variables that it is given, and quotes what the shell would read", async () => {
    const said = flow("said", { text: "it's $HOME; `ls` {x}" }, (f, p) =>
      f.exec(
        `${node} -e "require('node:fs').writeFileSync(process.argv[1], JSON.stringify([process.argv[2], process.env.WHO]))" {out} {text}`,
        { params: { text: p.text }, outs: { out: "said.json" }, env: { WHO: "ada" } },
        { name: "say" },
      ),
    );
    const path = (await said.run()).output.out;
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(["it's $HOME; `ls` {x}", "ada"]);
  });

  it("ends within its time, with all that the shell started", async () => {
    const slow = flow("slow", {}, (f) =>
      f.exec(
        `${node} -e "setTimeout(() => require('node:fs').writeFileSync('late.txt', ''), 3000)" ; true`,
        {},
        { timeout: 300 },
      ),
    );
    await expect(slow.run()).rejects.toThrow(/300 ms/);
    expect(existsSync(join(folder, "late.txt"))).toBe(false);
  });

  it("ends when it takes more memory than its step may have", async () => {
    const program = "const all = []; setInterval(() => all.push(Buffer.alloc(20_000_000, 1)), 20)";
    const full = flow("full", {}, (f) => f.exec(`${node} -e "${program}"`, {}, { resources: { memory: "300MB" } }));
    const error: unknown = await full.run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ cause: { code: "STEP_MEMORY" } });
    expect(String(error)).toContain('went over its limit of 300 MB. Give it more: { resources: { memory: "600MB" } }');
  });

  it("refuses names that are not there, outs that items would share, and paths outside", () => {
    expect(() => flow("a", {}, (f) => f.exec("cat {dta}", { deps: { data: "fit.cjs" } }))).toThrow(
      "{dta} is no dep, out or param of it (data); a brace for the shell is {{ or }}",
    );
    expect(() =>
      flow("b", { xs: [1] }, (f, p) => f.map(p.xs, () => f.exec("make", { outs: { model: "model.bin" } }))),
    ).toThrow("all items would write to model.bin. Put {model} into the command");
    expect(() => flow("c", {}, (f) => f.exec("make {o}", { outs: { o: "../x" } }))).toThrow(
      "lies in the working folder",
    );
  });

  it.each([
    "sh -c 'cat {inp}'",
    'sh -c "cat {inp}"',
    'cat "{inp}"',
    "cat '{inp}' # don't",
    `echo "$(echo 'a {inp}')"`,
    'echo "a \\" {inp}"',
    'python -c "print({inp})"',
  ])("refuses a name in quotes, which its value's own would end: %s", (text) => {
    expect(() => flow("quoted", {}, (f) => f.exec(text, { deps: { inp: "data/cases of 1978.csv" } }))).toThrow(
      `{inp} stands in quotes. Its value gets quotes of its own where it needs them, which would end those around it. Write {inp} without quotes; where a program is given as text, hand it over: sh -c '… "$1"' sh {inp}`,
    );
  });

  it.each([
    `sh -c 'wc -l < "$1" > "$2"' sh {inp} {out}`,
    "wc -l < {inp} > {out} # it's \"fine",
    'echo "$(wc -l < {inp})" > {out}',
    'echo "`wc -l < {inp}`" > {out}',
    'echo it\\\'s >&2; (echo "a)"; wc -l < {inp}) | tail -n 1 > {out}',
    "cat <<END > /dev/null\nit's\nEND\nwc -l < {inp} > {out}",
  ])("takes a name beside quotes, with a path that has spaces: %s", async (text) => {
    writeFileSync(join(folder, "data", "three lines.txt"), "1\n2\n3\n");
    const counts = flow("counts", {}, (f) =>
      f.exec(text, { deps: { inp: "data/three lines.txt" }, outs: { out: "count of it.txt" } }),
    );
    expect(readFileSync((await counts.run()).output.out, "utf8").trim()).toBe("3");
  });

  describe("that fails in all of its tries", () => {
    const seen = ({ fit }: { fit: unknown }): unknown => ({ fit });
    const failing = `${node} -e "process.exit(3)"`;
    const fails = flow("fails", { xs: [1, 2] }, (f, p) => {
      const none = f.exec(failing, { outs: { out: "none.json" } }, { name: "none", catch: { out: null } });
      const text = f.exec(failing, { outs: { out: "text.json" } }, { name: "text", catch: "no fit" });
      const nothing = f.exec(failing, { outs: { out: "nothing.json" } }, { name: "nothing", catch: null });
      const each = f.map(p.xs, (x) =>
        f.exec(
          `${failing} {x} {out}`,
          { params: { x }, outs: { out: "x.json" } },
          { name: "each", catch: { out: null } },
        ),
      );
      return f.step(({ all }: { all: unknown }) => all, {
        all: [
          f.step(seen, { fit: none.at("out") }, { run: "thread" }),
          f.step(seen, { fit: text }, { run: "process", name: "seen text" }),
          f.step(seen, { fit: nothing }, { name: "seen nothing" }),
          each,
        ],
      });
    });

    it("gives its catch value as it is, also in a second run", async () => {
      const all = [{ fit: null }, { fit: "no fit" }, { fit: null }, [{ out: null }, { out: null }]];
      expect((await fails.run()).output).toEqual(all);
      expect((await fails.run()).output).toEqual(all);
    });
  });
});
