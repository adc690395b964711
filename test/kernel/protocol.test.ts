import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openLane } from "../../src/kernel/lane.ts";
import { type Parcel, parcelReader, printParcel } from "../../src/kernel/link.ts";
import { openHistory, parseConnectionInfo, type Request, readConnectionFile } from "../../src/kernel/protocol/index.ts";
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
  const file = join(mkdtempSync(join(tmpdir(), "stemma-history-")), "new folder", "history.sqlite");
  const sources = ["1+1", "let a = 2", "1+1", "a*3"];
  const older = openHistory(file);
  for (const [index, source] of sources.entries()) older.add({ count: index + 1, source });
  const history = openHistory(file);
  history.add({ count: 1, source: "größe 😀" });
  const rows = (request: Record<string, unknown>): unknown => history.reply(request)["history"];

  it("has the last n, of earlier sessions too", () => {
    expect(rows({ hist_access_type: "tail", n: 2 })).toEqual([
      [1, 4, "a*3"],
      [2, 1, "größe 😀"],
    ]);
    expect(rows({ hist_access_type: "tail", n: 0 })).toEqual([]);
  });

  it("has a range, the stop not included; session 0 is this one, -1 the one before", () => {
    const earlier = [
      [1, 2, "let a = 2"],
      [1, 3, "1+1"],
    ];
    expect(rows({ hist_access_type: "range", session: -1, start: 2, stop: 4 })).toEqual(earlier);
    expect(rows({ hist_access_type: "range", session: 1, start: 2, stop: 4 })).toEqual(earlier);
    expect(rows({ hist_access_type: "range", session: 0, start: 1, stop: null })).toEqual([[2, 1, "größe 😀"]]);
  });

  it("finds a glob, each text once when asked", () => {
    expect(rows({ hist_access_type: "search", pattern: "1?1", unique: true })).toEqual([[1, 3, "1+1"]]);
    expect(rows({ hist_access_type: "search", pattern: "*a*", output: true })).toEqual([
      [1, 2, ["let a = 2", null]],
      [1, 4, ["a*3", null]],
    ]);
  });
});

describe("the link between the two processes", () => {
  it("gives back every parcel, however its bytes come", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.json(), fc.array(fc.uint8Array()))),
        fc.integer({ min: 1, max: 99 }),
        (all, size) => {
          const sent = all.map(([text, buffers], number) => ({ head: { number }, body: Buffer.from(text), buffers }));
          const bytes = Buffer.concat(sent.flatMap(printParcel));
          const read = parcelReader<{ readonly number: number }>();
          const got: Parcel<{ readonly number: number }>[] = [];
          for (let at = 0; at < bytes.length; at += size) got.push(...read(bytes.subarray(at, at + size)));
          const plain = ({ head, body, buffers }: Parcel<{ readonly number: number }>): unknown => [
            head,
            [...body],
            buffers.map((buffer) => [...buffer]),
          ];
          expect(got.map(plain)).toEqual(sent.map(plain));
        },
      ),
    ));
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
