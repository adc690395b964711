/**
 * The shapes of three public DVC projects, in words of our own: iterative/example-get-started (artifacts, dotted params, plots of
 * several files, a lock with a stage of DVC 2 that is gone), iterative/example-get-started-experiments (files named at the top, sections as params, folders
 * as outputs, folded commands) and pinellolab/pyrovelocity's reproducibility/figures (vars, foreach over maps of another file,
 * persist, stages commented out).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parseDvcLock, printDvcLock } from "../../../src/format/index.ts";
import { commit, differs, type Edit, type Step, said, twin, write } from "./twin.ts";

const files = (texts: Readonly<Record<string, string>>): readonly Edit[] =>
  Object.entries(texts).map(([path, text]) => write(path, text));

/** What both say of a pipeline that somebody wrote, and what they write when it is recorded and changed. */
function looked(stages: readonly string[], drawn?: string): readonly Step[] {
  const written = new Map<string, string>();
  const [first = "", last = ""] = [stages[0], stages.at(-1)];
  return [
    ({ repo }) => {
      written.set(repo, readFileSync(join(repo, "dvc.yaml"), "utf8"));
    },
    said("stage list --all"),
    said("dag --dot"),
    said("dag --mermaid --outs"),
    said(`dag ${last} --md`),
    "status --json",
    "params diff --json",
    "metrics show --json",
    "data status --json --granular",
    "commit -f",
    backToTheByte,
    "status --json",
    commit("recorded"),
    "exp show --json --hide-workspace -n 0",
    "checkout",
    "repro --dry",
    "status --json",
    ...(drawn === undefined ? [] : [drawn]),
    differs(`freeze ${first}`, "DVC folds long lines anew", ({ code }, { repo }) => {
      expect(code).toBe(0);
      const frozen = readFileSync(join(repo, "dvc.yaml"), "utf8");
      expect(frozen.replace("    frozen: true\n", "")).toBe(written.get(repo));
    }),
  ];
}

const backToTheByte: Edit = ({ repo }) => {
  const text = readFileSync(join(repo, "dvc.lock"), "utf8");
  expect(printDvcLock(parseDvcLock(text, "dvc.lock"))).toBe(text);
};

const texts: readonly Step[] = [
  ...files({
    "data/raw.xml": "<row/>\n",
    "src/split.py": "",
    "src/vectors.py": "",
    "src/fit.py": "",
    "src/score.py": "",
    "params.yaml":
      "split:\n  part: 0.20\n  seed: 20170428\n\nvectors:\n  most: 200\n  ngrams: 2\n\nfit:\n  seed: 20170428\n  trees: 50\n  least: 0.01\n",
    "dvc.yaml": `stages:
  split:
    cmd: python src/split.py data/raw.xml
    deps:
    - data/raw.xml
    - src/split.py
    params:
    - split.part
    - split.seed
    outs:
    - data/parts
  vectors:
    cmd: python src/vectors.py data/parts data/vectors
    deps:
    - data/parts
    - src/vectors.py
    params:
    - vectors.most
    - vectors.ngrams
    outs:
    - data/vectors
  fit:
    cmd: python src/fit.py data/vectors model.bin
    deps:
    - data/vectors
    - src/fit.py
    params:
    - fit.least
    - fit.seed
    - fit.trees
    outs:
    - model.bin
  score:
    cmd: python src/score.py model.bin data/vectors
    deps:
    - data/vectors
    - model.bin
    - src/score.py
    outs:
    - eval
metrics:
- eval/metrics.json
plots:
- ROC:
    template: simple
    x: fpr
    y:
      eval/plots/roc/train.json: tpr
      eval/plots/roc/test.json: tpr
- Confusion-Matrix:
    template: confusion
    x: actual
    y:
      eval/plots/cm/train.json: predicted
      eval/plots/cm/test.json: predicted
- eval/importance.csv
artifacts:
  questions:
    path: data/raw.xml
    type: dataset
    desc: Raw questions (as they came)
  model:
    path: model.bin
    type: model
    desc: Tells which questions are about R
    labels:
    - nlp
    - classification
`,
    "dvc.lock": `schema: '2.0'
stages:
  split:
    cmd: python src/split.py data/raw.xml
    deps:
    - path: data/raw.xml
      hash: md5
      md5: a304afb96060aad90176268345e10355
      size: 37891850
    - path: src/split.py
      hash: md5
      md5: d41d8cd98f00b204e9800998ecf8427e
      size: 0
    params:
      params.yaml:
        split.part: 0.2
        split.seed: 20170428
    outs:
    - path: data/parts
      hash: md5
      md5: 20b786b6e6f80e2b3fcf17827ad18597.dir
      size: 23861319
      nfiles: 2
  gone:
    cmd: python src/gone.py
    outs:
    - path: gone.json
      md5: 2acb90f3ea12e111a21683cf7dd2518a
      size: 135186
`,
    "data/parts/train.tsv": "1\n",
    "data/parts/test.tsv": "2\n",
    "data/vectors/train.bin": "3\n",
    "model.bin": "model",
    "eval/metrics.json": '{"avg_prec": {"train": 0.97, "test": 0.94}, "roc_auc": 0.99}',
    "eval/importance.csv": "name,value\na,1\n",
    "eval/plots/roc/train.json": '{"roc": [{"fpr": 0, "tpr": 0.5}]}',
    "eval/plots/roc/test.json": '{"roc": [{"fpr": 0, "tpr": 0.4}]}',
    "eval/plots/cm/train.json": '[{"actual": 1, "predicted": 0}]',
    "eval/plots/cm/test.json": '[{"actual": 0, "predicted": 0}]',
  }),
  "add data/raw.xml",
  ...looked(["split", "vectors", "fit", "score"], "plots show --json"),
];

const pools: readonly Step[] = [
  ...files({
    "data/pools/REGION_1-a.jpg": "a",
    "src/part.py": "",
    "src/train.py": "",
    "src/evaluate.py": "",
    "deploy/code/run.py": "",
    "params.yaml": `base:
  random_seed: 42

part:
  test_regions:
  - REGION_1

train:
  valid_pct: 0.1
  arch: shufflenet_v2_x2_0
  fine_tune_args:
    epochs: 8
    base_lr: 0.01

evaluate:
  n_samples: 10
`,
    "dvc.yaml": `params:
- results/train/params.yaml
metrics:
- results/train/metrics.json
- results/evaluate/metrics.json
plots:
- results/train/plots/metrics:
    x: step
- results/evaluate/plots/images
artifacts:
  segmentation:
    path: models/model.pkl
    type: model
    desc: A model of Computer Vision (CV) that finds the swimming pools of a town in what
      satellites see.
    labels:
    - cv
    - satellite-images
stages:
  part:
    cmd: python src/part.py
    deps:
    - data/pools
    - src/part.py
    params:
    - base
    - part
    outs:
    - data/test
    - data/train
  train:
    cmd: python src/train.py
    deps:
    - data/train
    - src/train.py
    params:
    - base
    - train
    outs:
    - models/model.pkl
    - models/model.pth
    - results/train
  evaluate:
    cmd: python src/evaluate.py
    deps:
    - data/test
    - models/model.pkl
    - src/evaluate.py
    params:
    - base
    - evaluate
    outs:
    - results/evaluate
  deploy:
    cmd: cp models/model.pth deploy/code/model.pth && cd deploy && tar -cpzf
      model.tar.gz code/ && cd .. && mv deploy/model.tar.gz .  && rm deploy/code/model.pth
    deps:
    - models/model.pth
    outs:
    - model.tar.gz
`,
    "data/test/1.jpg": "1",
    "data/train/2.jpg": "2",
    "models/model.pkl": "p",
    "models/model.pth": "t",
    "results/train/params.yaml": "lr: 0.01\n",
    "results/train/metrics.json": '{"train": {"loss": 0.1}, "step": 7}',
    "results/train/plots/metrics/dice.tsv": "step\tdice\n0\t0.1\n1\t0.5\n",
    "results/evaluate/metrics.json": '{"dice_multi": 0.9}',
    "results/evaluate/plots/images/a b.png": "png",
    "model.tar.gz": "z",
  }),
  "add data/pools",
  ...looked(["part", "train", "evaluate", "deploy"], "plots show results/train/plots/metrics --json"),
];

const one = (name: string): string => `  ${name}_model1:
    input: data/${name}.h5
    model: models/${name}/model1
    loss:
      plot: models/${name}/loss.png
    metrics: models/${name}/metrics.json
`;

const figures: readonly Step[] = [
  ...files({
    "config.yaml": `base:
  log: true
data_sets:
  pancreas:
    rel_path: data/pancreas raw.h5
    derived:
      rel_path: data/pancreas.h5
  larry:
    rel_path: data/larry raw.h5
    derived:
      rel_path: data/larry.h5
model_training:
${one("pancreas")}${one("larry")}reports:
  figure:
    tif_path: reports/figure.tif
    svg_path: reports/figure.svg
`,
    "dvc.yaml": `vars:
  - config.yaml

stages:
  download:
    foreach: \${data_sets}
    do:
      cmd: python download.py process_data=[\${key}]
      deps:
        - download.py
      params:
        - config.yaml:
            - data_sets.\${key}
      outs:
        - \${item.rel_path}:
            persist: true

  preprocess:
    foreach: \${data_sets}
    do:
      cmd: python preprocess.py process_data=[\${key}]
      deps:
        - preprocess.py
        - \${item.rel_path}
      params:
        - config.yaml:
            - data_sets.\${key}
      outs:
        - \${item.derived.rel_path}

  train:
    foreach: \${model_training}
    do:
      cmd: /usr/bin/time -v python train.py train_models=[\${key}]
      deps:
        - train.py
        - \${item.input}
      params:
        - config.yaml:
            - base
            - model_training.\${key}
      metrics:
        - \${item.metrics}:
            cache: false
      outs:
        - \${item.loss.plot}
        # - \${item.trained}
        - \${item.model}
        - \${item.model}.json

  figure:
    cmd: python figure.py train_models=[pancreas_model1,larry_model1] --to \${reports.figure.tif_path} --and \${reports.figure.svg_path}
    deps:
      - \${model_training.pancreas_model1.model}
      - \${model_training.larry_model1.model}
    params:
      - config.yaml:
          - reports.figure
    outs:
      - \${reports.figure.tif_path}
      - \${reports.figure.svg_path}
  # figure2:
  #   cmd: python figure2.py
  #   outs:
  #     - \${reports.figure2.tif_path}
  #       # persist: true
`,
    "download.py": "",
    "preprocess.py": "",
    "train.py": "",
    ...Object.fromEntries(
      ["pancreas", "larry"].flatMap((name) => [
        [`data/${name} raw.h5`, name],
        [`data/${name}.h5`, `${name} `],
        [`models/${name}/model1`, "m"],
        [`models/${name}/model1.json`, "{}"],
        [`models/${name}/loss.png`, "l"],
        [`models/${name}/metrics.json`, '{"mae": 1e-05}'],
      ]),
    ),
    "reports/figure.tif": "t",
    "reports/figure.svg": "s",
  }),
  said("stage list --all"),
  said("dag --dot"),
  said("dag --mermaid --outs"),
  "status --json",
  "commit -f",
  backToTheByte,
  "status --json",
  commit("recorded"),
  "metrics diff --json",
  "freeze figure",
  "freeze train@larry_model1",
  "status train preprocess@larry --json",
  write("train.py", "changed"),
  "status --json",
  "repro --dry",
];

describe.concurrent("projects that others publish", () => {
  twin("of the shape of example-get-started are the same to both", texts);
  twin("of the shape of example-get-started-experiments are the same to both", pools);
  twin("of the shape of pyrovelocity's figures are the same to both", figures);
});
