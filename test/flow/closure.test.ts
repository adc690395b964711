import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type FlowBody, flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const warnings = vi.spyOn(console, "warn").mockImplementation(() => {});
afterEach(() => warnings.mockClear());

class Scale {
  readonly by: number;
  seen = 0;
  readonly all: number[] = [];
  constructor(by: number) {
    this.by = by;
  }
  apply({ x }: { x: number }): number {
    return x * this.by;
  }
  count({ x }: { x: number }): number {
    this.seen += x;
    return this.seen;
  }
  keep({ x }: { x: number }): number {
    return this.all.push(x);
  }
  static twice({ x }: { x: number }): number {
    return x * 2;
  }
}
class Shift extends Scale {
  override apply({ x }: { x: number }): number {
    return super.apply({ x }) + 1;
  }
}
class Priced {
  static readonly #rate = 3;
  price({ x }: { x: number }): number {
    return x * Priced.#rate;
  }
}
class Secret {
  readonly #key = 7;
  open({ x }: { x: number }): number {
    return x + this.#key;
  }
}

class Rates {
  readonly rate: number;
  constructor(rate: number) {
    this.rate = rate;
  }
  readonly apply = ({ x }: { x: number }): number => x * this.rate;
  readonly twice = ({ x }: { x: number }): number => this.apply({ x: this.apply({ x }) });
}
class WrongRate extends RangeError {
  readonly rate: number;
  constructor(rate: number) {
    super(`no such rate: ${rate}`);
    this.rate = rate;
  }
}
class Counts extends Map<string, number> {
  total(): number {
    return [...this.values()].reduce((a, b) => a + b, 0);
  }
}
class Series extends Array<number> {
  total(): number {
    return this.reduce((a, b) => a + b, 0);
  }
}
class Plus extends Rates {
  total = 0;
  readonly add = ({ x }: { x: number }): number => {
    this.total += x;
    return this.total;
  };
}

describe("steps from methods", () => {
  const model = new Scale(3);
  const shift = new Shift(10);

  it("take an object of a class along: its fields, its methods, those of its base", async () => {
    const priced = new Priced();
    const made = flow("objects", { x: 2 }, (f, p) => [
      f.step(model.apply.bind(model), { x: p.x }),
      f.step(({ x }: { x: number }) => shift.apply({ x }), { x: p.x }, { name: "shift" }),
      f.step(Scale.twice, { x: p.x }),
      f.step((given: { x: number }) => priced.price(given), { x: p.x }, { name: "price" }),
    ]);
    expect((await made.run()).output).toEqual([6, 21, 4, 6]);
    expect(made.plan.steps.map(({ id }) => id)).toEqual(["apply", "shift", "twice", "price"]);
  });

  it("run again when a field of the object changes, and say so", async () => {
    const changing = { scale: new Scale(2) };
    const step = ({ x }: { x: number }): number => changing.scale.apply({ x });
    const made = flow("field", { x: 5 }, (f, p) => f.step(step, { x: p.x }));
    expect((await made.run()).output).toBe(10);
    changing.scale = new Scale(4);
    expect((await made.run()).output).toBe(20);
  });

  it("take along what was put on a prototype later, also that of a function that makes objects", async () => {
    class Late {
      readonly by = 2;
      apply(x: number): number {
        return x * this.by;
      }
    }
    const late = new Late();
    const made = flow("late", {}, (f) => f.step(({ x }: { x: number }) => late.apply(x), { x: 5 }, { name: "late" }));
    expect((await made.run()).output).toBe(10);
    Late.prototype.apply = function (x) {
      return x + this.by;
    };
    expect(made.status().steps[0]?.state).toBe("stale");
    expect((await made.run()).output).toBe(7);

    function Old(this: { by: number }, by: number): void {
      this.by = by;
    }
    Old.prototype.apply = function ({ x }: { x: number }): number {
      return x * this.by;
    };
    const old = Reflect.construct(Old, [4]) as { apply(of: { x: number }): number };
    const step = ({ x }: { x: number }): number => old.apply({ x });
    expect((await flow("old", {}, (f) => f.step(step, { x: 5 })).run()).output).toBe(20);
  });

  it("take an object along whose fields are arrow functions of its own `this`", async () => {
    const rates = new Rates(3);
    const plus = new Plus(2);
    const made = flow("arrows", { x: 2 }, (f, p) => [
      f.step((given: { x: number }) => rates.apply(given), { x: p.x }, { name: "once" }),
      f.step(({ x }: { x: number }) => rates.twice({ x }), { x: p.x }, { name: "twice" }),
      f.step(({ x }: { x: number }) => plus.twice({ x }), { x: p.x }, { name: "plus" }),
    ]);
    expect((await made.run()).output).toEqual([6, 18, 8]);
  });

  it("take classes along that extend the language's own", async () => {
    const step = ({ x }: { x: number }): number => {
      if (x > 1) throw new WrongRate(x);
      return new Counts([["a", x]]).total() + Series.from([x]).length;
    };
    const made = flow("built-in", { x: 1 }, (f, p) => f.step(step, { x: p.x }));
    expect((await made.run()).output).toBe(2);
    await expect(made.run({ x: 2 })).rejects.toThrow("no such rate: 2");
  });

  it.each<[string, () => unknown, string | RegExp]>([
    [
      "objects of such classes",
      () => {
        const counts = new Counts([["a", 1]]);
        const series = Series.from([1]) as Series;
        return flow("h", {}, (f) => f.step(() => counts.total() + series.total(), {}, { name: "holds" }));
      },
      /`counts`, whose class Counts extends Map: its contents cannot go along[^\n]*\n[^\n]*`series`, whose class Series/,
    ],
    [
      "an accessor that was put on a prototype",
      () => {
        class Size {}
        Object.defineProperty(Size.prototype, "big", { get: () => true });
        const size = new Size() as { readonly big?: boolean };
        return flow("p", {}, (f) => f.step(() => size.big, {}, { name: "big" }));
      },
      "`big`, an accessor that was put on Size later",
    ],
    [
      "an arrow function of an object by itself",
      () => flow("i", {}, (f) => f.step(new Rates(1).apply, { x: 1 })),
      "it reads the `this` of the code around it, which goes along with its object only. Write f.step((inputs) => model.apply(inputs), …)",
    ],
    [
      "an arrow function of an object that changes the object",
      () => {
        const plus = new Plus(1);
        return flow("a", {}, (f) => f.step(({ x }: { x: number }) => plus.add({ x }), { x: 1 }));
      },
      "add() changes `plus.total`",
    ],
    [
      "a method by itself",
      () => flow("m", {}, (f) => f.step(model.apply, { x: 1 })),
      "it reads `this`, which is lost when a method is given by itself. Write f.step(model.apply.bind(model)",
    ],
    [
      "a method that changes its object",
      () => flow("c", {}, (f) => f.step(({ x }: { x: number }) => model.count({ x }), { x: 1 })),
      "count() changes `model.seen`",
    ],
    [
      "a method of a record that changes it",
      () => {
        const tally = {
          n: 0,
          count(): number {
            this.n += 1;
            return this.n;
          },
        };
        return flow("r", {}, (f) => f.step(() => tally.count(), {}));
      },
      "count() changes `tally.n`",
    ],
    [
      "the same one, bound",
      () => flow("d", {}, (f) => f.step(model.count.bind(model), { x: 1 })),
      "count() changes `this.seen`",
    ],
    [
      "a method that changes what its object holds",
      () => flow("k", {}, (f) => f.step(({ x }: { x: number }) => model.keep({ x }), { x: 1 })),
      "keep() changes `model.all.push()`",
    ],
    [
      "private fields",
      () => {
        const secret = new Secret();
        return flow("s", {}, (f) => f.step(({ x }: { x: number }) => secret.open({ x }), { x: 1 }));
      },
      "`secret`, a Secret with the private field #key, which only the class can read",
    ],
    [
      "a bound method that reads one, once",
      () => {
        const secret = new Secret();
        return flow("b", {}, (f) => f.step(secret.open.bind(secret), { x: 1 }));
      },
      /^flow "b": step "open" cannot run by itself: it uses `self`, a Secret with the private field #key[^\n]*$/,
    ],
  ])("refuse %s in words", (_, define, told) => expect(define).toThrow(told));
});

describe("what a step closes over", () => {
  it("is refused when the step changes it", () => {
    const state = { list: [1], seen: new Map<string, number>(), n: { deep: 0 } };
    const totals = new Float64Array(2);
    const steps: Record<string, () => number> = {
      "state.list.push()": () => state.list.push(2),
      "state.seen.set()": () => state.seen.set("a", 1).size,
      "totals.fill()": () => totals.fill(1).length,
      state: () => (state.n.deep = 3),
    };
    for (const [changed, step] of Object.entries(steps)) {
      const define = (): unknown => flow("mutates", {}, (f) => f.step(step, {}));
      expect(define).toThrow(`it changes \`${changed}\`, a variable outside, of which a thread has its own copy`);
    }
    // A copy of its own is its own; a helper may keep what it has computed.
    const seen = new Map<number, number>();
    const memo = (x: number): number => seen.get(x) ?? seen.set(x, x * x).get(x) ?? 0;
    expect(() => flow("memo", {}, (f) => f.step(() => memo(2), {}))).not.toThrow();
    const fine = (): number =>
      [...state.list]
        .sort()
        .concat(state.list.map((x) => x))
        .push(1);
    expect(() => flow("copies", {}, (f) => f.step(fine, {}))).not.toThrow();
  });

  it("is refused when it is a ref, with the input to write", () => {
    expect(() =>
      flow("closed", { n: 1 }, (f, p) => {
        const { n } = p;
        return f.step(() => n, {});
      }),
    ).toThrow(
      "it uses `n`, which has no value yet when the flow is defined. Give it as an input: f.step(({ n }) => …, { n })",
    );
  });

  it("is refused once and in words when only the body has it", () => {
    const told = (body: FlowBody<{ readonly n: number }, unknown>): string => {
      try {
        flow("body", { n: 1 }, body);
        return "nothing";
      } catch (error) {
        return (error as Error).message;
      }
    };
    const params = told((f, p) => f.step(() => p.n, {}, { name: "twice" }));
    expect(params).toBe(
      'flow "body": step "twice" cannot run by itself: it uses `p.n`, which has no value yet when the flow is defined. Give it as an input: f.step(({ n }) => …, { n: p.n }).',
    );
    const builder = told((f) =>
      f.step(function outer() {
        return f.step(() => 1, {});
      }, {}),
    );
    expect(builder).toBe(
      'flow "body": step "outer" cannot run by itself: it uses `f`, which wires steps and is there in the body only. Write f.step() in the body, and give the step what it needs as an input.',
    );
    expect(
      told((f, p) => {
        const all = { f, p };
        return f.step(() => Object.keys(all).length, {}, { name: "keys" });
      }),
    ).toMatch(/^flow "body": step "keys" [^\n]*`f`, which wires steps[^\n]*\n[^\n]*`p`, which has no value yet[^\n]*$/);
  });

  it("is told by name where it is declared below the flow", () => {
    expect(() => flow("early", {}, (f) => f.step(() => later + 1, {}, { name: "soon" }))).toThrow(
      'flow "early": step "soon" uses later, which has no value yet. Declare it above flow(), or run its cell first.',
    );
    const later = 1;
  });

  it("is stored by content beside the code when it is large, and is in the lineage as an input", async () => {
    const table = Array.from({ length: 5000 }, (_, i) => i);
    const total = (): number => table.reduce((a, b) => a + b, 0);
    const made = flow("large", {}, (f) => f.step(total, {}));
    const run = await made.run();
    expect(run.output).toBe(12_497_500);
    const inputs = run.lineage().graph.nodes.map(({ of }) => ("name" in of ? of.name : of.kind));
    expect(inputs).toContain("table");
  });

  it("may change between definition and run: the run uses it as it is, and says so", async () => {
    const settings = { by: 2 };
    const scaled = ({ x }: { x: number }): number => x * settings.by;
    const made = flow("changed", { x: 3 }, (f, p) => f.step(scaled, { x: p.x }));
    expect((await made.run()).output).toBe(6);
    settings.by = 5;
    const note = "settings changed since the flow was defined: scaled uses it as it is now.";
    expect(made.status()).toMatchObject({ notes: [note], steps: [{ reason: "constant settings changed" }] });
    const run = await made.run();
    expect(run.output).toBe(15);
    expect(run.status.notes).toEqual([note]);
    expect(warnings).toHaveBeenCalledExactlyOnceWith(`flow "changed": ${note}`);
  });
});

it("is refused in a step that runs inline too, when it is a ref", () => {
  const closed = (): unknown =>
    flow("closed", { n: 1 }, (f, p) => {
      const { n } = p;
      return f.step(() => n, {}, { run: "inline" });
    });
  expect(closed).toThrow("it uses `n`, which has no value yet");
  expect(closed).not.toThrow("mark the step");
});

describe("chance", () => {
  const draw = (): number => Math.random();
  const helper = (): string => crypto.randomUUID();
  const stamp = (): string => `${Date.now()} ${helper()}`;

  it("in a kept step is named once, with the way out, also where a helper asks for it", () => {
    for (let again = 0; again < 2; again++) {
      const made = flow("chance", {}, (f) => [f.step(draw, {}), f.step(stamp, {}), f.step(draw, {}, { cache: false })]);
      expect(made.status().notes).toEqual([
        'step "draw" is kept, and uses Math.random(): its result cannot be proved by running it again. Use the step\'s ctx.random, give it the value as an input, or mark it { cache: false }.',
        expect.stringContaining('step "stamp" is kept, and uses Date.now() and crypto.randomUUID()'),
      ]);
    }
    expect(warnings).toHaveBeenCalledTimes(2);
  });

  it("is not seen in a date that is given, nor in a seeded step", () => {
    const year = (): number => new Date(0).getFullYear() + Math.round(1.2);
    expect(flow("sure", {}, (f) => f.step(year, {})).status().notes).toEqual([]);
  });
});

it("keeps the module of a step without the large value in it", async () => {
  const big = "x".repeat(10_000);
  const length = (): number => big.length;
  await flow("module", {}, (f) => f.step(length, {})).run();
  const { openDatabase, findProject } = await import("../../src/store/index.ts");
  const project = findProject(process.cwd());
  const rows = openDatabase(project).read<{ object: string }>("SELECT object FROM flow_code");
  const texts = rows.map(({ object }) =>
    readFileSync(join(project.stemmaFolder, "objects", "files", "md5", object.slice(0, 2), object.slice(2)), "utf8"),
  );
  const module = texts.find((text) => text.includes("big")) ?? "";
  expect(module).toMatch(/^const big = \$value\("[0-9a-f]{64}"\); \/\/ 10002 characters, kept with the results\n/);
});
