import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";

let kernel: Kernel;
let other: Kernel;
/** Both keep their history in one file, as the kernels of one user do. */
beforeAll(async () => {
  const cwd = notebookFolder();
  const env = { XDG_STATE_HOME: cwd };
  [kernel, other] = await Promise.all([
    startKernel({ kind: "stemma", cwd, env }),
    startKernel({ kind: "stemma", cwd, env }),
  ]);
});
afterAll(() => Promise.all([kernel.stop(), other.stop()]));

describe("a kernel under load", () => {
  it("carries a message of 50 MB both ways, byte for byte", async () => {
    const { outputs } = await kernel.run(
      "const comm = (globalThis as any)[Symbol.for('stemma.kernel')].openComm('large', {}); comm.onMessage(({ data, buffers }: any) => comm.send({ data, buffers }));",
    );
    const bytes = new Uint8Array(50_000_000).fill(7);
    bytes.set([1, 2, 3], 49_999_997);
    const sent = await kernel.tell("comm_msg", { comm_id: outputs[0]?.content["comm_id"], data: { n: 1 } }, [bytes]);
    const back = sent.find(({ header }) => header.msg_type === "comm_msg");
    expect(Buffer.compare(back?.buffers[0] ?? new Uint8Array(), bytes)).toBe(0);
    const { text } = await kernel.run("process.stdout.write('ü'.repeat(25_000_000)); 'after'");
    expect([text.length, text.slice(-8)]).toEqual([25_000_007, "ü'after'"]);
  });

  it("loses no line of 10,000 and keeps their order, of text and errors in turn, in few messages", async () => {
    const { outputs } = await kernel.run(
      "for (let i = 0; i < 10_000; i++) console.log('Zeile ' + i + ' größer 😀'); for (let i = 0; i < 100; i++) (i % 2 ? console.log : console.error)(i);",
    );
    const lines = outputs.flatMap(({ content }) => String(content["text"]).trimEnd().split("\n"));
    expect(lines).toEqual([
      ...Array.from({ length: 10_000 }, (_, i) => `Zeile ${i} größer 😀`),
      ...Array.from({ length: 100 }, (_, i) => String(i)),
    ]);
    expect(outputs.length).toBeLessThan(1000);
  });

  it("works beside another one in the same folder, each with its own variables and session", async () => {
    const cells = Array.from({ length: 20 }, (_, i) => i);
    const runs = (of: Kernel, name: string): Promise<readonly string[]> =>
      Promise.all(cells.map(async (i) => (await of.run(`let ${name}${i} = "${name} ${i} ö"; ${name}${i}`)).text));
    const [ours, theirs] = await Promise.all([runs(kernel, "a"), runs(other, "b")]);
    expect(ours).toEqual(cells.map((i) => `'a ${i} ö'`));
    expect(theirs).toEqual(cells.map((i) => `'b ${i} ö'`));
    expect((await other.run("a1")).error?.evalue).toContain("a1");
    const { history } = (await other.ask("history_request", { hist_access_type: "range", session: 0 })) as {
      readonly history: readonly (readonly [number, number, string])[];
    };
    expect(history.slice(0, 20).map(([, , source]) => source)).toEqual(
      cells.map((i) => `let b${i} = "b ${i} ö"; b${i}`),
    );
    expect(new Set(history.map(([session]) => session)).size).toBe(1);
  });
});
