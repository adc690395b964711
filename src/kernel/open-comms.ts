import type { Content, Request } from "./protocol/index.ts";

/** Which comms are open, as the broker sees it pass: a front end that reloads asks for them, also during a busy cell. */
export class OpenComms {
  readonly #targets = new Map<string, string>();

  /** Comms by id, as `comm_info_reply` has them; only those of a target where one is named. */
  listed(target: unknown): Content {
    const all = [...this.#targets].filter(([, name]) => typeof target !== "string" || target === name);
    return Object.fromEntries(all.map(([id, name]) => [id, { target_name: name }]));
  }

  /** A message of the front end. */
  received({ header, content }: Request): void {
    this.#note(header.msg_type, content);
  }

  /** A message of the cells' process; its content as JSON. */
  published(type: string, body: Uint8Array): void {
    if (type === "comm_open" || type === "comm_close")
      this.#note(type, JSON.parse(Buffer.from(body).toString()) as Content);
  }

  /** Empties the list, and gives the ids that were on it. */
  forget(): readonly string[] {
    const ids = [...this.#targets.keys()];
    this.#targets.clear();
    return ids;
  }

  #note(type: string, content: Content): void {
    const id = String(content["comm_id"] ?? "");
    if (type === "comm_open") this.#targets.set(id, String(content["target_name"] ?? ""));
    else if (type === "comm_close") this.#targets.delete(id);
  }
}
