// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are DVC's templates
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { commit, differs, remove, said, twin, write } from "./twin.ts";

const hard = `# a pipeline with all that templates can
vars:
- q: hello
stages:
  prep:
    cmd: echo \${q} \${lr} \${big} \${sm} \${flag} \${none} > out.txt   # trailing
    deps: [in.txt]
    params:
    - nested
    - lr
    outs:
    - out.txt
  multi:
    cmd: |
      cat out.txt > m.json
      echo '{"acc": 0.5, "n": {"f1": 1}}' > m.json
    deps:
    - out.txt
    metrics:
    - m.json:
        cache: false
  fe:
    foreach: \${groups}
    do:
      cmd: mkdir -p d\${key}; echo \${item.v} > d\${key}/f
      outs:
      - d\${key}
  mx:
    matrix:
      m: [x, y]
      n: [1, {z: 3}]
    cmd: echo \${item.m} \${key} > mx-\${key}
    outs:
    - mx-\${key}
  opts:
    cmd: echo --start \${nested} > 'opts ü.txt'
    outs:
    - opts ü.txt
  cb:
    cmd: echo cb
`;

const params = `lr: 1.0
big: 123456789012345678901
sm: 1e-3
none:
flag: true
zero: -0.0
nested: {x: 1, y: [1, 2.0, "a b"], deep: {on: true, off: false, s: "it's"}}
groups:
  a: {v: 1e-05}
  b: {v: 1_000}
`;

twin("repro of vars, foreach over a mapping, matrix, lists of commands and options from a mapping", [
  write("dvc.yaml", hard),
  write("params.yaml", params),
  write("in.txt", "hi\n"),
  "repro",
  "repro",

  commit("run"),
  write("params.yaml", params.replace("lr: 1.0", "lr: 1")),
  "repro",
  write("params.yaml", params.replace("x: 1", "x: 2")),
  "repro",
  write("params.yaml", params),
  "repro",
  remove("dvc.lock"),
  "repro",
  remove("out.txt"),
  "repro prep",
  said("repro -s prep"),
]);

const chain = (cmd: string): string => `stages:
  a:
    cmd: cat in.txt > a.txt
    deps:
    - in.txt
    outs:
    - a.txt
  b:
    cmd: ${cmd}
    deps:
    - a.txt
    outs:
    - b.txt
  c:
    cmd: cat b.txt > c.txt
    deps:
    - b.txt
    outs:
    - c.txt
  d:
    cmd: cat in.txt in.txt > d.txt
    deps:
    - in.txt
    outs:
    - d.txt
`;

twin("a stage that fails in the middle, and what the rest does", [
  write("in.txt", "0\n"),
  write("dvc.yaml", chain("cat a.txt > b.txt")),
  "repro",
  write("in.txt", "1\n"),
  write("dvc.yaml", chain("exit 3")),
  "repro",
  "repro -k",
  write("in.txt", "2\n"),
  "repro --ignore-errors",
  write("dvc.yaml", chain("cat a.txt a.txt > b.txt")),
  "repro",
  said("repro"),
  write("dvc.yaml", chain("kill -9 $$")),
  "repro",
]);

twin("outputs of a run that failed stay out of git", [
  write("in.txt", "0\n"),
  write("dvc.yaml", chain("exit 1")),
  differs(
    "repro",
    "DVC takes the lines of .gitignore away again, and the next git add takes the data",
    ({ code }, { repo }) => {
      expect(code).toBe(255);
      expect(readFileSync(join(repo, ".gitignore"), "utf8")).toBe("/a.txt\n");
    },
  ),
]);

twin("targets, single items, downstream and force", [
  write("in.txt", "1\n"),
  write("dvc.yaml", chain("cat a.txt > b.txt")),
  "repro b",
  "repro -s c",
  "repro dvc.yaml:d",
  write("in.txt", "2\n"),
  "repro --downstream b",
  "repro -s a",
  "repro --glob [bc]",
  "repro -f a",
  "repro --force-downstream a",
  "repro -p d",
  "repro -P",
  "repro nothing",
  "repro nowhere/dvc.yaml",
  "repro nowhere/dvc.yaml:x",
]);

twin("pipelines in folders: -R, addresses from inside, the working folder", [
  write("in.txt", "1\n"),
  write(
    "a b/dvc.yaml",
    "stages:\n  one:\n    wdir: ../w\n    cmd: pwd; cat ../in.txt > 'ö \"q.txt'\n    deps: [../in.txt]\n    outs: ['ö \"q.txt']\n",
  ),
  write("w/keep", ""),
  write("dvc.yaml", "stages:\n  two:\n    cmd: echo $DVC_STAGE > two\n    deps: [w]\n    outs: [two]\n"),
  ["repro", "a b/dvc.yaml:one"],
  "repro -R .",
  write("in.txt", "2\n"),
  "repro",
  "repro -P",
  ["repro", "-R", "a b"],
]);

twin("persist, frozen, always_changed, uncached outputs, folders, executables and empty outputs", [
  write(
    "dvc.yaml",
    `stages:
  log:
    cmd: echo x >> log.txt && cp log.txt copy.txt
    deps: [in.txt]
    outs:
    - log.txt:
        persist: true
    - copy.txt:
        cache: false
  tool:
    cmd: mkdir -p bin/sub && echo 'echo hi' > run.sh && chmod +x run.sh && echo s > bin/s && chmod 600 bin/s && cp -p bin/s s && cp run.sh bin/sub/ && touch bin/empty none
    outs: [run.sh, s, bin, none]
  use:
    cmd: sh ./run.sh > hi.txt
    deps: [run.sh, bin/sub]
    outs: [hi.txt]
  ice:
    cmd: cp in.txt ice.txt
    deps: [in.txt]
    outs: [ice.txt]
    frozen: true
  each:
    cmd: date +%Y > year.txt
    outs: [year.txt]
    always_changed: true
`,
  ),
  write("in.txt", "1\n"),
  "repro log tool use each",
  "repro ice",
  write("ice.txt", "1\n"),
  "repro ice",
  write("in.txt", "2\n"),
  "repro",
  remove("bin"),
  "repro",
  "repro -f tool",
]);

twin("the run cache gives back what ran before; --no-run-cache and --no-commit don't use it", [
  write("in.txt", "1\n"),
  write(
    "dvc.yaml",
    chain("cat a.txt > b.txt")
      .replaceAll("    - c.txt\n", "    - c.txt\n    metrics:\n    - m.json:\n        cache: false\n")
      .replace("cat b.txt > c.txt", "cat b.txt > c.txt; echo '{}' > m.json"),
  ),
  "repro",
  remove("dvc.lock"),
  "repro",
  write("in.txt", "2\n"),
  "repro",
  write("in.txt", "1\n"),
  "repro",
  remove("dvc.lock"),
  remove("m.json"),
  "repro --no-run-cache",
  write("in.txt", "3\n"),
  "repro --no-commit",
  remove("a.txt"),
  remove("b.txt"),
  "repro --allow-missing",
  "repro",
]);

twin("dependencies that are missing, params that are missing, dates and outputs that overlap", [
  write("dvc.yaml", chain("cat a.txt > b.txt")),
  "repro",
  write("dvc.yaml", "stages:\n  p:\n    cmd: echo 1 > p\n    params: [lr, a.b]\n    outs: [p]\n"),
  "repro",
  write("params.yaml", "lr: 1\n"),
  "repro",
  write("params.yaml", "lr: 1\na: {b: 2024-01-02}\n"),
  "repro",
  write("dvc.yaml", "stages:\n  p:\n    cmd: echo ${lr} > p\n    outs: [p]\n"),
  "repro",
  write("params.yaml", "lr: 1\n"),
  write("dvc.yaml", "stages:\n  p:\n    cmd: mkdir p\n    outs: [p]\n  q:\n    cmd: echo 1 > p/q\n    outs: [p/q]\n"),
  "repro",
  write(
    "dvc.yaml",
    "stages:\n  p:\n    cmd: x\n    deps: [q]\n    outs: [p]\n  q:\n    cmd: x\n    deps: [p]\n    outs: [q]\n",
  ),
  "repro",
  write("dvc.yaml", "stages:\n  p:\n    cmd: x\n    dep: [q]\n"),
  "repro",
  write("dvc.yaml", "stages:\n  p:\n    cmd: echo > out\n    outs: [nothing]\n"),
  "repro",
]);

twin("params from YAML, JSON, TOML and Python files; a data file as the first stage", [
  write("p.json", '{"a": 1.0, "b": {"c": [1, 2]}, "d": 1e3, "ü": "é"}'),
  write("p.toml", "[x]\ny = 1\nz = 2.0\nt = [1, 2]\n"),
  write("p.py", "LR = 1e-4\nclass Net:\n    layers = 3\n    def __init__(self):\n        self.width = 7\n"),
  write("data.csv", "1\n"),
  "add data.csv",
  write(
    "dvc.yaml",
    `stages:
  p:
    cmd: cat data.csv > out
    deps: [data.csv]
    params:
    - p.json: [b.c, a]
    - p.toml:
    - p.py: [LR, Net.width, Net.layers]
    outs: [out]
`,
  ),
  "repro",
  write("data.csv", "2\n"),
  write("p.toml", "[x]\ny = 1.0\nz = 2\nt = [1, 2]\n"),
  "repro",
  remove("data.csv"),
  "repro",
  "repro --allow-missing",
  said("repro data.csv.dvc"),
]);

const written = `# my pipeline

vars:
- a: 1   # one

stages:
  # the first
  prep:   # prep here
    # about cmd
    cmd: echo 'hi'  there   # quoted
    deps:
    - b.txt
    params:
    - x   # ex
    - other.yaml:
    outs:
    - out.txt
  # trailing of stages

# about plots
plots:
- out.txt

# end
`;

twin("stage add with all its options, into a file with comments", [
  write("dvc.yaml", written),
  ["stage", "add", "-n", "three", "-d", "q", "-o", "r r", "--desc", "it's", "echo", "3 4", "-x", "--long=a b"],
  [
    "stage",
    "add",
    "-n",
    "four",
    "-O",
    "o",
    "--outs-persist",
    "p1",
    "--outs-persist-no-cache",
    "p2",
    "-m",
    "m.json",
    "-M",
    "m2.json",
    "--plots",
    "p.csv",
    "--plots-no-cache",
    "p2.csv",
    "--always-changed",
    "-p",
    "lr,mo",
    "-p",
    "f.json:",
    "-p",
    "g.toml:a.b,c",
    "echo 'a: b' # no comment",
  ],
  "stage add -n four echo 5",
  "stage add -n two@x echo 5",
  "stage add -n cyc -d out.txt -o out.txt echo 5",
  "stage add -n dup -o out.txt echo 5",
  "stage add -n nowdir -w nowhere -o z echo 5",
  "stage add -n empty",
  ["stage", "add", "-f", "-n", "four", "-o", "o", "echo 6"],
  "stage add --run -n run -o ran touch ran",
  "freeze three",
  "freeze three",
  "unfreeze three",
  "freeze three run nothing",
  said("stage list"),
  said("stage list --name-only"),
  said("stage list --all"),
  differs("freeze prep", "DVC puts the new key behind the comments of what follows", (_, { repo }) => {
    expect(readFileSync(join(repo, "dvc.yaml"), "utf8")).toContain(
      "    - out.txt\n    frozen: true\n  # trailing of stages\n",
    );
  }),
]);

twin("stage add makes dvc.yaml; a working folder; freeze of data", [
  write("sub/x", "1\n"),
  "stage add -n a -w sub -d x -o y cp x y",
  "add sub/x",
  "freeze sub/x.dvc",
  "repro",
  "unfreeze sub/x.dvc",
  said("stage list sub/x.dvc"),
  said("stage list -R ."),
]);

twin("dag of stages and outputs, for Mermaid and Graphviz", [
  write("dvc.yaml", hard),
  write("params.yaml", params),
  write("sub dir/dvc.yaml", "stages:\n  x:\n    cmd: x\n    deps: [../out.txt]\n    outs: [y]\n"),
  write("in.txt", "hi\n"),
  "add in.txt",
  said("dag --mermaid"),
  said("dag --md --outs"),
  said("dag --mermaid multi"),
  said("dag --mermaid --full prep"),
  "dag --mermaid --collapse-foreach-matrix",
  said("dag --mermaid out.txt"),
  said("dag --mermaid --outs multi"),
  said("dag --dot"),
  "dag --outs --collapse-foreach-matrix",
  "dag nothing",
]);

// What the pipelines of three public projects exercise (Apache-2.0, MIT and AGPL-3.0 there), in inputs of our own: a mapping of
// data sets with paths two levels deep, persist in a foreach, params by a templated key, dotted params, comments behind the last
// stage, metrics, plots and artifacts beside the stages, folders as outputs.
twin("the shapes of public projects' pipelines", [
  write(
    "config.yaml",
    "sets:\n  tiny: {rel: data/tiny.txt, derived: {path: out/tiny.txt, plot: out/tiny.csv}}\n  big-1: {rel: data/big.txt, derived: {path: out/big.txt, plot: out/big.csv}}\n",
  ),
  write("params.yaml", "prepare: {split: 0.20, seed: 20170428}\nestimators: {net: {params: {alpha: 0.88}}}\n"),
  write("data/keep", ""),
  write("out/keep", ""),
  write(
    "dvc.yaml",
    `vars:
  - config.yaml

artifacts:
  model:
    path: model/a.bin
    type: model
    labels: [nlp]

stages:
  download:
    foreach: \${sets}
    do:
      cmd: echo \${key} >> \${item.rel}
      params:
        - config.yaml:
            - sets.\${key}
      outs:
        - \${item.rel}:
            persist: true

  preprocess:
    foreach: \${sets}
    do:
      cmd: cat \${item.rel} > \${item.derived.path} && echo 'x,y' > \${item.derived.plot}
      deps:
        - \${item.rel}
      outs:
        - \${item.derived.path}
      plots:
        - \${item.derived.plot}:
            cache: false

  train:
    cmd: mkdir -p model && cat out/tiny.txt out/big.txt > model/a.bin && echo '{"auc":0.9}' > metrics.json
    deps:
      - out/tiny.txt
      - out/big.txt
    params:
      - prepare.seed
      - prepare.split
      - estimators.net.params.alpha
    outs:
      - model
### removed
#    metrics:
#      - reports/scores.json

metrics:
  - metrics.json
plots:
  - Both:
      y:
        out/tiny.csv: y
        out/big.csv: y
`,
  ),
  "repro",
  said("stage list --all"),
  said("dag --mermaid"),
  "metrics show --json",
  write("params.yaml", "prepare: {split: 0.2, seed: 20170428}\nestimators: {net: {params: {alpha: 0.89}}}\n"),
  "status --json",
  "repro -f download@tiny",
  "repro",
  "repro preprocess",
  "status --json",
]);

twin("repro --pull gets runs and what is missing from the remote", [
  write("in.txt", "1\n"),
  write("dvc.yaml", chain("cat a.txt > b.txt")),
  "remote add -d near ../near",
  "repro",
  "push --run-cache",
  remove(".dvc/cache"),
  remove("a.txt"),
  remove("b.txt"),
  remove("c.txt"),
  "repro --pull",
  write("in.txt", "2\n"),
  "repro",
  "push --run-cache",
  remove("dvc.lock"),
  remove(".dvc/cache"),
  remove("a.txt"),
  "repro --pull",
  write("in.txt", "3\n"),
  "repro --allow-missing",
]);
