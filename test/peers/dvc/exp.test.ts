import { it } from "vitest";
import { playBoth } from "./exp-twin.ts";

it("an experiment in the workspace leaves what DVC leaves, and is shown as DVC shows it", () =>
  playBoth([
    ["exp", "run", "-n", "first", "-S", "lr=0.2"],
    ["exp", "show", "--json"],
    ["exp", "show", "--md"],
    ["exp", "show", "--csv", "--sort-by", "rmse"],
    ["exp", "show", "--json", "--param-deps", "-A", "--hide-workspace", "--sha"],
    ["exp", "diff", "--json"],
    ["exp", "diff", "HEAD", "first", "--json", "--all"],
    ["exp", "diff", "HEAD", "first", "--md"],
    ["exp", "list", "--name-only"],
    ["exp", "run", "-n", "first", "-S", "lr=0.3"],
    ["exp", "run", "-n", "first", "-S", "lr=0.3", "-f"],
    ["exp", "run", "-n", "same", "-m", "nothing new"],
  ]));

it("a temporary experiment takes what lies in the workspace, and leaves it alone", () =>
  playBoth([
    ({ write }) => write("cases.csv", "9\n8\n7\n"),
    ({ write }) =>
      write("fit.py", "open('model.bin', 'w').write('m')\nopen('metrics.json', 'w').write('{\"rmse\": 1e-7}')\n"),
    ["exp", "run", "-n", "über-die-mitte", "--temp", "-S", "net.depth=5", "-S", "+added=[1, 2]"],
    ["exp", "show", "--json"],
    ["exp", "show", "--csv", "--precision", "2"],
    ["exp", "show", "--md", "--only-changed", "--drop", "note", "--keep", "lr"],
    ["exp", "run", "-n", "bad", "--temp", "-S", "nothing=3"],
    ["exp", "run", "-n", "no/name", "--temp"],
    ["exp", "diff", "über-die-mitte", "--json"],
  ]));

it("a stage that fails leaves no experiment", () =>
  playBoth([
    ["exp", "run", "-n", "high", "-S", "lr=7"],
    ["exp", "list", "--name-only"],
  ]));

it("experiments are applied, made branches, renamed and removed as DVC does", () =>
  playBoth([
    ["exp", "run", "--temp", "-n", "one", "-S", "lr=0.2"],
    ["exp", "run", "--temp", "-n", "two", "-S", "lr=0.3"],
    ["exp", "apply", "one"],
    ({ write }) => write("mine.txt", "mine\n"),
    ({ write }) => write("params.yaml", "lr: 4\nnet:\n  depth: 1\n"),
    ["exp", "apply", "two"],
    ["exp", "branch", "one"],
    ["exp", "branch", "one"],
    ["exp", "branch", "two", "zwei"],
    ["exp", "rename", "one", "eins"],
    ["exp", "rename", "nobody", "x"],
    ["exp", "rename", "eins", "two"],
    ["exp", "remove", "eins"],
    ["exp", "remove", "eins"],
    ["exp", "remove"],
    ["exp", "remove", "-A"],
    ["exp", "list", "-A"],
    ["exp", "apply", "two"],
    ["exp", "branch", "HEAD", "no"],
  ]));

it("the workspace is saved as DVC saves it", () =>
  playBoth([
    ({ write }) => write("params.yaml", "lr: 4\nnet:\n  depth: 1\n"),
    ({ write }) => write("notes/a b.txt", "untracked\n"),
    ({ write }) => write("other.txt", "left out\n"),
    ["exp", "save", "-n", "saved", "-I", "notes"],
    ["exp", "save", "-n", "saved"],
    ["exp", "save", "-n", "saved", "-f", "-m", "with words"],
    ["exp", "show", "--json", "-n", "2"],
  ]));
