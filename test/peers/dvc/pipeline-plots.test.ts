import { commit, inside, said, twin, write } from "./twin.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==",
  "base64",
);

const pipeline = `stages:
  fit:
    cmd: cp loss.csv out.csv
    deps: [loss.csv]
    plots:
    - out.csv:
        x: step
        y: loss
        title: The loss
        template: simple
  cm:
    cmd: cp classes.json copy.json
    deps: [classes.json]
    plots:
    - copy.json:
        cache: false
        template: confusion
        x: actual
        y: predicted
    - images
plots:
- Both:
    x: step
    y:
      loss.csv: loss
      more.tsv: [acc, loss]
    y_label: value
- one.json:
    y: deep.er
- classes.json:
    template: bar_horizontal
    y: actual
- images/b.png
`;

const files = [
  write("dvc.yaml", pipeline),
  write("loss.csv", 'step,loss,"a,b"\n0,1.0,x\n1,0.5,"y ""q"""\n2,,z\n'),
  write("more.tsv", "step\tacc\tloss\n0\t0.1\t2\n1\t0.2\t3\n2\t0.3\t4\n"),
  write("one.json", '{"m": {"rows": [{"deep.er": 1.0, "k": 1}, {"deep.er": 1e-07, "k": 2}]}}'),
  write("classes.json", '[{"actual": "a", "predicted": "b"}, {"actual": "a", "predicted": "a"}]'),
  write("images/a.png", png),
  write("images/b.png", png),
  write("other/keep", ""),
];

twin("plots show and diff as JSON, split or whole, templates by name", [
  ...files,
  "repro fit",
  "plots show --json",
  "plots show --json --split",
  said("plots show --show-vega one.json"),
  "plots show --json loss.csv -x step -y loss --title T --x-label X --y-label Y -t scatter",
  "plots show --json more.tsv -t smooth",
  "plots show --json -t linear Both",
  "plots show --json -t scatter_jitter Both",
  "plots show --json -t bar_horizontal_sorted -y actual classes.json",
  "plots show --json -t confusion_normalized -x actual -y predicted classes.json",
  "plots diff --json",
  commit("one"),
  write("loss.csv", "step,loss\n0,9\n1,8\n2,7\n"),
  "repro fit",
  "plots diff --json",
  "plots diff --json --split --targets out.csv",
  commit("two"),
  write("one.json", '{"m": {"rows": [{"deep.er": 3, "k": 1}]}}'),
  "plots diff --json HEAD~1 HEAD",
  "plots diff --json HEAD~1",
  inside("other", "plots show --json"),
  said("plots templates"),
  said("plots templates simple"),
  said("plots templates confusion"),
  "plots templates nothing",
  "plots show --show-vega",
]);
