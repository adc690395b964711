import { rmSync } from "node:fs";
import { commit, type Edit, git, inside, remove, said, twin, write } from "./twin.ts";

const pipeline = `stages:
  fit:
    cmd: cp in.json m.json && cp in.json sub/cached.json
    deps: [in.json]
    params:
    - lr
    - net.layers
    - other.toml: [x.y]
    metrics:
    - m.json:
        cache: false
    - sub/cached.json
  shown:
    cmd: echo \${vars.q}
    vars:
    - v.json
metrics:
- top.yaml
- folder
params:
- extra.yaml
`;

const first =
  '{"acc": 0.912345678, "n": {"f1": 1, "big": 12345678901234567890}, "text": "ü", "list": [1], "none": null, "b": true, "e": {}}';
const second = '{"acc": 1.0, "n": {"f1": 3, "big": 1, "new": 1e-07}, "text": "x", "list": [2], "b": false}';

twin("params diff, metrics show and metrics diff between revisions and the folder", [
  write("dvc.yaml", pipeline),
  write("params.yaml", "lr: 0.1\nnet: {layers: [1, 2.0], width: 1}\ngone: 1\ndeep: {a: {b: yes}}\n"),
  write("other.toml", "[x]\ny = 1\nz = 2\n"),
  write("extra.yaml", "e: 1\n"),
  write("v.json", '{"vars": {"q": 1}}'),
  write("in.json", first),
  write("sub/keep", ""),
  write("top.yaml", "loss: 1e-3\nwhen: 2024-01-02\n"),
  write("folder/a.json", '{"k": 1}'),
  write("folder/b.yaml", "- 1\n"),
  "params diff --json",
  "metrics diff --json",
  "repro",
  commit("one"),
  git("tag", "v1"),
  write("params.yaml", "lr: 0.2\nnet: {layers: [1, 3], width: 2}\nnew: [a, 'b']\ndeep: {a: {b: no}}\n"),
  write("other.toml", "[x]\ny = 2\nz = 3\n"),
  write("v.json", '{"vars": {"q": 2}}'),
  write("in.json", second),
  write("top.yaml", "loss: 2\n"),
  remove("folder/a.json"),
  "repro",
  "params diff --json",
  "params diff --json --all",
  "params diff --json --deps",
  "params diff --json HEAD --targets other.toml extra.yaml",
  said("params diff --targets params.yaml"),
  said("params diff --md --no-path --targets params.yaml"),
  "metrics show --json",
  said("metrics show"),
  said("metrics show --md m.json"),
  said("metrics show --precision 2 m.json sub"),
  "metrics diff --json",
  "metrics diff --json --all",
  said("metrics diff --targets m.json"),
  said("metrics diff --md --no-path --precision 3 --targets m.json"),
  commit("two"),
  remove("sub/cached.json"),
  "metrics diff --json v1 HEAD",
  "metrics diff --json v1",
  "params diff --json v1 HEAD",
  "metrics show --json -T",
  "metrics show --json -a",
  "metrics show --json -A",
  said("metrics show -T"),
  inside("sub", "metrics show --json"),
  inside("sub", "params diff v1 --json"),
  "metrics diff --json nothing",
]);

const forgetIndex: Edit = ({ env }) => rmSync(env["DVC_SITE_CACHE_DIR"] ?? "", { recursive: true, force: true });

twin("metrics that the cache does not hold, as files and in a folder", [
  write(
    "dvc.yaml",
    "stages:\n  fit:\n    cmd: mkdir -p a/b && echo 1 > a/b/m.json && echo 1 > k.json\n    deps: [in]\n    outs: [a/b]\n    metrics: [k.json]\nmetrics: [a/b/m.json, no.json]\n",
  ),
  write("in", ""),
  "repro",
  "metrics show --json",
  remove(".dvc/cache"),
  remove("a"),
  remove("k.json"),
  forgetIndex,
  "metrics show --json",
  commit("one"),
  git("tag", "v1"),
  write("no.json", "1"),
  "metrics show --json -T",
]);
