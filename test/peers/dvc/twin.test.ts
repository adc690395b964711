import { commit, mine, remove, twin, write } from "./twin.ts";

twin("add, status and checkout of a file and a folder", [
  write("data/größe.csv", "1\n"),
  write("x.csv", "2\n"),
  "add data x.csv",
  "status --json",
  commit("data"),
  write("x.csv", "3\n"),
  "status --json",
  remove("data"),
  "checkout data.dvc",
  mine("x.csv", "4\n"),
  "checkout x.csv",
  "status --json",
]);
