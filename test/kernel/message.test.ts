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

/** What jupyter_client 8.10 sends (Session(key=b"secret").serialize, then a buffer of two bytes); base64. */
const fromJupyter = [
  "aWQ=",
  "PElEU3xNU0c+",
  "NmY5NGNjZWJjMWRkNDRlNWI2YTZlM2YxM2IwYzc1YzhhNzgxMTg2M2Y0ZDcxOTk2NGM2YzE0NWIzMGQzNjM0Mw==",
  "eyJtc2dfaWQiOiIxIiwibXNnX3R5cGUiOiJjb21tX21zZyIsInNlc3Npb24iOiJzIiwidXNlcm5hbWUiOiJ1IiwiZGF0ZSI6IjIwMjYtMDEtMDFUMDA6MDA6MDAuMDAwWiIsInZlcnNpb24iOiI1LjQifQ==",
  "e30=",
  "eyJncsO2w59lIjoxfQ==",
  "eyJkYXRhIjp7InRleHQiOiJncsO2w59lIn19",
  "AQI=",
].map((frame) => Buffer.from(frame, "base64"));

describe("a message", () => {
  it("of jupyter_client, with a buffer, is read, and printed frame by frame as it was", () => {
    const read = parseMessage(fromJupyter, "secret");
    expect(read).toMatchObject({ metadata: { größe: 1 }, content: { data: { text: "größe" } } });
    expect([...(read.buffers[0] ?? [])]).toEqual([1, 2]);
    expect(printMessage(read, "secret")).toEqual(fromJupyter);
  });

  it("comes back as it was printed, with and without a key", () =>
    fc.assert(
      fc.property(message, fc.constantFrom("", "a key"), (sent, key) => {
        expect(parseMessage(printMessage(sent, key), key)).toEqual(sent);
      }),
    ));

  it("is refused with a wrong signature or another key", () => {
    const frames = printMessage(fc.sample(message, 1)[0] as never, "a key");
    expect(() => parseMessage(frames, "another key")).toThrow("wrong signature");
    const content = frames.findIndex((frame) => frame.toString() === "<IDS|MSG>") + 5;
    expect(() => parseMessage(frames.with(content, Buffer.from('{"x":"changed"}')), "a key")).toThrow(
      "wrong signature",
    );
  });

  it("is refused when it is none of Jupyter's", () => {
    expect(() => parseMessage([Buffer.from("hello")], "")).toThrow("A message of 1 frames is none of Jupyter's");
    const short = ["<IDS|MSG>", "", "{}", "{}"].map((text) => Buffer.from(text));
    expect(() => parseMessage(short, "")).toThrow("none of Jupyter's");
    const list = ["<IDS|MSG>", "", "[]", "{}", "{}", "{}"].map((text) => Buffer.from(text));
    expect(() => parseMessage(list, "")).toThrow("no JSON object");
  });
});
