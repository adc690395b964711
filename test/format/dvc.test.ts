import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AddedOut,
  parseDir,
  parseDvcConfig,
  parseDvcFile,
  parseDvcLock,
  patchDvcFile,
  printDir,
  printDvcFile,
  printDvcLock,
  printDvcYaml,
} from "../../src/format/index.ts";
import { golden } from "../support/golden.ts";

const md5 = "401b30e3b8b5d629635a5c613cdb7919";
const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
const name = fc.string({ minLength: 1, maxLength: 60 }).filter((path) => !/[/\0]|^\.+$|^\.(git|dvc|hg)$/i.test(path));
const added: fc.Arbitrary<AddedOut> = fc.record({
  path: name,
  md5: fc.oneof(
    hex,
    hex.map((digest) => `${digest}.dir`),
  ),
  size: fc.nat(),
  nfiles: fc.option(fc.nat()),
  isexec: fc.boolean(),
});

describe(".dvc files", () => {
  it("print as dvc 3.67.1 writes them", () => {
    const file = { nfiles: null, isexec: false };
    expect(printDvcFile({ ...file, path: "cases.csv", md5: "4b05da9af0e39a527ea167f30bb67f08", size: 14 })).toBe(
      golden("dvc-3.67.1/cases.csv.dvc"),
    );
    expect(printDvcFile({ ...file, path: "it's 1.0", md5, size: 2 })).toBe(golden("dvc-3.67.1/quote.dvc"));
    const run = { path: "run.sh", md5: "3e2b31c72181b87149ff995e7202c0e3", size: 10, nfiles: null, isexec: true };
    expect(printDvcFile(run)).toBe(golden("dvc-3.67.1/run.sh.dvc"));
  });

  it("read what dvc 3.67.1 wrote", () =>
    expect(parseDvcFile(golden("dvc-3.67.1/d.dvc"), "d.dvc").outs).toMatchObject([
      { path: "d", hash: "md5", nfiles: 4, isexec: false, cache: true },
    ]));

  it("give back any output they printed", () =>
    fc.assert(
      fc.property(added, (out) => {
        expect(parseDvcFile(printDvcFile(out), "x.dvc").outs).toMatchObject([{ ...out, hash: "md5" }]);
      }),
    ));

  it("give back any output they were changed to, and leave the rest alone", () =>
    fc.assert(
      fc.property(added, added, (before, after) => {
        const text = `# kept\n${printDvcFile(before)}meta:\n  a: 1 # kept too\n`;
        const patched = patchDvcFile(text, 0, after);
        expect(parseDvcFile(patched, "x.dvc").outs).toMatchObject([{ ...after, path: before.path }]);
        expect(patched.startsWith("# kept\nouts:\n")).toBe(true);
        expect(patched.endsWith("meta:\n  a: 1 # kept too\n")).toBe(true);
      }),
    ));

  it.each([
    ["outs:\n- md5: 401b30e3b8b5d629635a5c613cdb791\n  path: a", "a.dvc:2: outs[0].md5: want 32 hex digits, got 31"],
    [
      "outs:\n- md5: null\n  path: a\n  colour: red",
      'a.dvc:4: outs[0].colour: DVC knows no such key; put your own data under "meta"',
    ],
    ["outs:\n- path: ../a\n", 'a.dvc:2: outs[0].path: "../a" leaves the folder'],
    ["outs:\n- path: .git/hooks/x\n", 'a.dvc:2: outs[0].path: ".git/hooks/x" reaches into .git'],
    ["outs:\n- path: /etc/passwd\n", 'a.dvc:2: outs[0].path: "/etc/passwd" is absolute'],
    [
      "outs:\n- md5: 401b30e3b8b5d629635a5c613cdb7919\n  size: -1\n  path: a",
      "a.dvc:3: outs[0].size: want a whole number >= 0, got -1",
    ],
    ["outs:\n- size: 1", "a.dvc:2: outs[0].path: is missing"],
    ["outs: a", 'a.dvc:1: outs: want a list, got "a"'],
    ["- outs", "a.dvc:1: want a mapping, got a list"],
    ["outs:\n- md5: [1\n", "a.dvc:3"],
  ])("say line and key of %j", (text, message) => expect(() => parseDvcFile(text, "a.dvc")).toThrow(message));

  it("take a digest of digits only that is not quoted", () =>
    expect(parseDvcFile("outs:\n- md5: 12345678901234567890123456789012\n  path: a", "a.dvc").outs[0]?.md5).toBe(
      "12345678901234567890123456789012",
    ));
});

describe(".dir listings", () => {
  it("print as dvc 3.67.1 writes them, sorted by code point", () => {
    const text = golden("dvc-3.67.1/d.dir");
    expect(printDir([...parseDir(text, "d.dir")].reverse())).toBe(text);
  });

  it("give back any entries they printed", () => {
    const entries = fc.uniqueArray(fc.record({ md5: hex, relpath: name }), { selector: (entry) => entry.relpath });
    fc.assert(
      fc.property(entries, (list) => {
        expect(new Set(parseDir(printDir(list), "x.dir"))).toEqual(new Set(list));
      }),
    );
  });

  it.each(["../x", "/x", "a/../../x", ".git/hooks/post-checkout", "a/.GIT/x", "a\0b", "", "a//b", "./a"])(
    "are refused with the path %j",
    (relpath) =>
      expect(() => parseDir(JSON.stringify([{ md5, relpath }]), "x.dir")).toThrow(/^x\.dir: \[0\]\.relpath: /),
  );

  it("are refused when a path is there twice", () =>
    expect(() =>
      parseDir(
        JSON.stringify([
          { md5, relpath: "a" },
          { md5, relpath: "a" },
        ]),
        "x.dir",
      ),
    ).toThrow("twice"));
});

describe("dvc.lock", () => {
  it("prints again what dvc 3.67.1 wrote", () => {
    const text = golden("dvc-3.67.1/dvc.lock");
    expect(printDvcLock(parseDvcLock(text, "dvc.lock"))).toBe(text);
  });

  it("says line and key of a short digest", () => {
    const text = golden("dvc-3.67.1/dvc.lock").replace("4b05da9af0e39a527ea167f30bb67f08", "4b05");
    expect(() => parseDvcLock(text, "dvc.lock")).toThrow(
      "dvc.lock:10: stages.fit.deps[0].md5: want 32 hex digits, got 4",
    );
  });

  it("refuses another schema", () =>
    expect(() => parseDvcLock("schema: '3.0'\n", "dvc.lock")).toThrow(`dvc.lock:1: schema: want '2.0', got "3.0"`));
});

describe("dvc.yaml", () => {
  const line =
    "mkdir -p out && echo {} > out/fit.json && echo {} > metrics.json && echo [] > curve.json && echo a very long command that does not fit into eighty columns at all";

  it("prints as dvc stage add 3.67.1 writes it", () =>
    expect(
      printDvcYaml({
        stages: new Map([
          [
            "fit",
            {
              plots: [{ path: "curve.json", cache: false }],
              metrics: [{ path: "metrics.json", cache: false }],
              outs: ["out/fit.json"],
              params: [{ file: "other.yaml", keys: ["x"] }, "fit.tolerance", "betas"],
              deps: ["run.sh", "cases.csv"],
              cmd: line,
              desc: "fits it",
            },
          ],
          [
            "pick",
            {
              cmd: "mkdir -p best && cp out/fit.json best/x",
              deps: ["out/fit.json"],
              outs: [{ path: "best", persist: true }],
            },
          ],
        ]),
      }),
    ).toBe(golden("dvc-3.67.1/dvc.yaml")));

  it("refuses a stage that DVC would refuse", () => {
    expect(() => printDvcYaml({ stages: new Map([["a.b", { cmd: "x" }]]) })).toThrow('"a.b" is no name for a stage');
    expect(() => printDvcYaml({ stages: new Map([["a", { cmd: "" }]]) })).toThrow("stages.a.cmd is empty");
  });
});

describe(".dvc/config", () => {
  it("reads sections, lists, quotes and comments as ConfigObj does", () => {
    const text = `# mine
[core]
    no_scm = True
    remote = "my, remote" # not a list
['remote "my, remote"']
    url = ../../shelf
[Cache]
    TYPE = reflink, "hardlink", copy
    dir = ''
    one = a,
`;
    expect(parseDvcConfig(text, ".dvc/config")).toEqual(
      new Map([
        [
          "core",
          new Map([
            ["no_scm", "True"],
            ["remote", "my, remote"],
          ]),
        ],
        ['remote "my, remote"', new Map([["url", "../../shelf"]])],
        [
          "cache",
          new Map<string, unknown>([
            ["type", ["reflink", "hardlink", "copy"]],
            ["dir", ""],
            ["one", ["a"]],
          ]),
        ],
      ]),
    );
  });

  it.each([
    ["[core\n", '.dvc/config:1: want a [section], got "[core"'],
    ["[core]\nnonsense\n", '.dvc/config:2: want "key = value", got "nonsense"'],
  ])("says the line of %j", (text, message) => expect(() => parseDvcConfig(text, ".dvc/config")).toThrow(message));
});
