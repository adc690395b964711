import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openLane } from "../../src/kernel/lane.ts";
import {
  historyReply,
  parseConnectionInfo,
  type Request,
  readConnectionFile,
} from "../../src/kernel/protocol/index.ts";
import { codePointOffset, unitOffset } from "../../src/kernel/text-offsets.ts";

describe("a connection file", () => {
  const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };

  it("may leave out what is usual", () =>
    expect(parseConnectionInfo(JSON.stringify(ports), "k.json")).toEqual({
      ...ports,
      transport: "tcp",
      ip: "127.0.0.1",
      key: "",
    }));

  it("is refused by name when a port is missing, or it is something else", () => {
    expect(() => parseConnectionInfo(JSON.stringify({ ...ports, hb_port: "5" }), "k.json")).toThrow(
      "k.json: hb_port is no port number.",
    );
    expect(() => parseConnectionInfo("not json", "k.json")).toThrow("k.json is no JSON, so no connection file.");
    expect(() => parseConnectionInfo("null", "k.json")).toThrow("k.json holds no object");
    expect(() => readConnectionFile("/no/such/file")).toThrow("There is no connection file at /no/such/file.");
  });
});

describe("history", () => {
  const entries = ["1+1", "let a = 2", "1+1", "a*3"].map((source, index) => ({ count: index + 1, source }));
  const rows = (request: Record<string, unknown>): unknown => historyReply(entries, request)["history"];

  it("has the last n", () => {
    expect(rows({ hist_access_type: "tail", n: 2 })).toEqual([
      [1, 3, "1+1"],
      [1, 4, "a*3"],
    ]);
    expect(rows({ hist_access_type: "tail", n: 0 })).toEqual([]);
  });

  it("has a range, the stop not included", () =>
    expect(rows({ hist_access_type: "range", session: 0, start: 2, stop: 4 })).toEqual([
      [1, 2, "let a = 2"],
      [1, 3, "1+1"],
    ]));

  it("finds a glob, each text once when asked", () => {
    expect(rows({ hist_access_type: "search", pattern: "1?1", unique: true })).toEqual([[1, 3, "1+1"]]);
    expect(rows({ hist_access_type: "search", pattern: "*a*", output: true })).toEqual([
      [1, 2, ["let a = 2", null]],
      [1, 4, ["a*3", null]],
    ]);
  });
});

describe("text offsets", () => {
  it("go from code points to units and back", () =>
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(30), (text, points) => {
        const most = Array.from(text).length;
        expect(codePointOffset(text, unitOffset(text, points))).toBe(Math.min(points, most));
      }),
    ));

  it("count a character outside the basic plane once", () => expect(unitOffset("😀😀x", 2)).toBe(4));
});

describe("the lane", () => {
  it("runs every request once and in order, whenever it comes", async () => {
    const ran: number[] = [];
    const ended = Promise.withResolvers<void>();
    const lane = openLane({
      async run(request) {
        ran.push(request.content["n"] as number);
        if (ran.length === 300) ended.resolve();
        return "go on";
      },
      abort: () => {},
    });
    // Every third in a turn of its own, which hits the moment in which a lane goes to rest.
    for (let n = 0; n < 300; n++) {
      lane.add({ content: { n } } as unknown as Request);
      if (n % 3 === 0) await new Promise(setImmediate);
      else await Promise.resolve();
    }
    await ended.promise;
    expect(ran).toEqual(Array.from({ length: 300 }, (_, n) => n));
  });
});
