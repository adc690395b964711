import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newHeader, parseMessage, printMessage } from "../../src/kernel/protocol/index.ts";

const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
const content = fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })) as fc.Arbitrary<
  Record<string, unknown>
>;
// JSON has no -0, and JSON.parse makes an own property of "__proto__" only.
const plain = content.map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>);

const message = fc.record({
  idents: fc.array(
    bytes.filter((ident) => ident.toString() !== "<IDS|MSG>"),
    { maxLength: 3 },
  ),
  header: fc.constantFrom("execute_request", "status").map((type) => newHeader(type, "a session")),
  parent: fc.constantFrom({}, newHeader("execute_request", "another")),
  metadata: plain,
  content: plain,
  buffers: fc.array(bytes, { maxLength: 3 }),
});

describe("a message", () => {
  it("comes back as it was printed, with and without a key", () =>
    fc.assert(
      fc.property(message, fc.constantFrom("", "a key"), (sent, key) => {
        expect(parseMessage(printMessage(sent, key), key)).toEqual(sent);
      }),
    ));

  it("is refused with a wrong signature or another key", () => {
    const frames = printMessage(fc.sample(message, 1)[0] as never, "a key");
    expect(() => parseMessage(frames, "another key")).toThrow("wrong signature");
    const changed = frames.map((frame, index) => (index === frames.length - 1 ? Buffer.from('{"x":1}') : frame));
    expect(() => parseMessage([...changed, Buffer.from("more")], "a key")).toThrow("wrong signature");
  });

  it("is refused when it is none of Jupyter's", () => {
    expect(() => parseMessage([Buffer.from("hello")], "")).toThrow("A message of 1 frames is none of Jupyter's");
    const short = ["<IDS|MSG>", "", "{}", "{}"].map((text) => Buffer.from(text));
    expect(() => parseMessage(short, "")).toThrow("none of Jupyter's");
    const list = ["<IDS|MSG>", "", "[]", "{}", "{}", "{}"].map((text) => Buffer.from(text));
    expect(() => parseMessage(list, "")).toThrow("no JSON object");
  });
});
