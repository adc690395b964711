import { describe, expect, it } from "vitest";
import { errorFacts, errorFrom } from "../src/error.ts";

/** What a person reads of something thrown. */
const told = (thrown: unknown): string => errorFacts(thrown).message;

describe("the facts of what was thrown", () => {
  it("are those of an error and its causes, and come back as they were", () => {
    const error = new TypeError("outer", { cause: Object.assign(new RangeError("inner"), { code: "E_INNER" }) });
    const facts = errorFacts(error);
    expect(facts).toMatchObject({ name: "TypeError", message: "outer", cause: { code: "E_INNER", message: "inner" } });
    expect(errorFacts(errorFrom(facts))).toEqual(facts);
  });

  it("are the text of a value that is no error, and the fields of a record", () => {
    const values = [
      "words",
      7,
      null,
      undefined,
      Symbol("s"),
      { code: 5, why: "because" },
      [1, 2],
      new URL("http://a.b"),
    ];
    expect(values.map(told)).toEqual([
      ...["words", "7", "null", "undefined", "Symbol(s)"],
      ...['{"code":5,"why":"because"}', "1,2", "http://a.b/"],
    ]);
  });

  it("end, where an error is its own cause", () => {
    const error: Error = new Error("round");
    error.cause = error;
    const facts = errorFacts(error);
    expect([facts.message, facts.cause?.cause?.message]).toEqual(["round", "round"]);
    expect(() => JSON.stringify(facts)).not.toThrow();
  });

  it("are told of whatever is thrown: without a prototype, with a getter that throws, made of itself, revoked", () => {
    const round: Record<string, unknown> = { a: 1 };
    round["self"] = round;
    const bare: object = Object.assign(Object.create(null), { x: 1 });
    const getter = {
      name: "Odd",
      get message(): string {
        throw new Error("no");
      },
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect([bare, round, proxy].map(told)).toEqual(["{ x }", "{ a, self }", "{}"]);
    expect(errorFacts(getter)).toEqual({ name: "Odd", code: "THROWN", message: "" });
    expect(told({ name: "Odd", message: { detail: 1 } })).toBe('{"detail":1}');
  });
});
