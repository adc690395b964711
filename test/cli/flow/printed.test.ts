import { expect, it } from "vitest";
import { labelledPrints, type Printed } from "../../../src/cli/flow/printed.ts";

function printed(work: (prints: Printed) => void): string {
  let all = "";
  work(
    labelledPrints((stream, text) => {
      all += text.replace(/^/gm, `${stream.at(3)} `).replace(/. $/, "");
    }),
  );
  return all;
}
const load = { step: "load", indices: [] };
const fit = { step: "fit", indices: [0, 3] };

it("names the task of each line, and never mixes the lines of two", () => {
  const out = printed(({ printed: print }) => {
    print(load, "stdout", "load");
    print(fit, "stdout", "epoch 1 ");
    print(load, "stdout", "ing\n\n");
    print(fit, "stderr", "careful\n");
    print(fit, "stdout", "rmse 0.3\nepoch 2");
  });
  expect(out).toBe("o [load] loading\no [load]\ne [fit[0.3]] careful\no [fit[0.3]] epoch 1 rmse 0.3\n");
});

it("shows a line without an end when its try is over, of all when the run is, and when it is long", () => {
  const out = printed(({ printed: print, silent, end }) => {
    print(load, "stdout", "half a line");
    print(fit, "stderr", "half");
    silent(load);
    silent(load);
    end();
    print(load, "stdout", "x".repeat(70_000));
  });
  expect(out).toBe(`o [load] half a line\ne [fit[0.3]] half\no [load] ${"x".repeat(70_000)}\n`);
});

it("shows of a bar that is drawn over itself what a terminal would", () => {
  const out = printed(({ printed: print }) => {
    for (const at of ["10", "20", "100"]) print(load, "stdout", `\r${at}%`);
    print(load, "stdout", "\n");
    print(load, "stdout", "windows\r\n");
  });
  expect(out).toBe("o [load] 100%\no [load] windows\n");
});
