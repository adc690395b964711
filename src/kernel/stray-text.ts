import { StringDecoder } from "node:string_decoder";

type StreamName = "stdout" | "stderr";

/** Gathers text that came past the kernel of the cells' process, so that a loop of prints is few messages. */
export class StrayText {
  readonly #tell: (name: StreamName, text: string) => void;
  readonly #decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  #waiting: { readonly name: StreamName; text: string } | null = null;

  constructor(tell: (name: StreamName, text: string) => void) {
    this.#tell = tell;
  }

  take(name: StreamName, bytes: Uint8Array): void {
    if (this.#waiting?.name !== name) {
      this.flush();
      this.#waiting = { name, text: "" };
      setImmediate(() => this.flush());
    }
    this.#waiting.text += this.#decoders[name].write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null && waiting.text !== "") this.#tell(waiting.name, waiting.text);
  }
}
