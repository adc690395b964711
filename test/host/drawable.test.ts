import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { drawable, drawn, setRenderer } from "../../src/host/index.ts";

class Fit {
  readonly rmse: number;
  constructor(rmse: number) {
    this.rmse = rmse;
  }
}
drawable(Fit.prototype, "test-fit");
setRenderer("test-fit", (value) => ({ "text/plain": `rmse ${(value as Fit).rmse}`, "text/html": "<b>fit</b>" }));

describe("drawable", () => {
  it("gives a class the display method of Jupyter kernels", () => {
    const method: unknown = Reflect.get(new Fit(3), Symbol.for("Jupyter.display"));
    expect((method as () => unknown).call(new Fit(3))).toEqual({ "text/plain": "rmse 3", "text/html": "<b>fit</b>" });
  });

  it("prints the text of the bundle in plain Node", () => expect(inspect(new Fit(2))).toBe("rmse 2"));

  it("names itself where it is inside of something else", () =>
    expect(inspect({ best: new Fit(2) })).toBe("{ best: [Fit] }"));

  it("adds nothing that a loop over the value's keys would see", () =>
    expect(Object.keys(new Fit(1)).concat(Object.keys(Fit.prototype))).toEqual(["rmse"]));

  it("shows a value without a renderer as Node would", () =>
    expect(drawn("test-nobody", { a: 1 })).toEqual({ "text/plain": "{ a: 1 }" }));
});
