import { createHash } from "node:crypto";
import { type Beside, CodecError } from "../encoding/index.ts";
import { arrayFile, isLongArray, keptObjects } from "../keep/index.ts";
import { mayBeModel } from "./models.ts";
import { keepable } from "./part-limit.ts";
import { sharedParts } from "./shared-parts.ts";
import { isStepFile } from "./step-file.ts";
import { tableFile, tableKind } from "./tables.ts";
import type { ValuePlace } from "./value-place.ts";

type Words = readonly unknown[];

/** Bytes of parts by their MD5. */
export type PartBytes = ReadonlyMap<string, Uint8Array>;

interface Known {
  readonly words: Words;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

// These cannot change; a danfo frame and an array of numbers can, and are looked at each time.
const constantTables = new WeakMap<object, Known>();

/**
 * The parts beside the texts of values that a flow is given while it is defined: inputs, and what its steps close over.
 * Nothing waits here, and nothing is written before the flow runs: see {@link putParts}.
 */
export class GivenParts implements Beside {
  readonly bytes: Map<string, Uint8Array> = new Map();
  readonly #folder: string;

  /** @param folder the notebook's */
  constructor(folder: string) {
    this.#folder = folder;
  }

  write(part: object, path: string): Words | null {
    if (isStepFile(part))
      throw new CodecError(path, `is file(${JSON.stringify(part.path)}). In a flow's body write f.file(path).`);
    const known = constantTables.get(part) ?? this.#written(part, path);
    if (known === null) {
      if (mayBeModel(part))
        throw new CodecError(path, "is a model. Make or load it in a step: what a step returns is kept.");
      return null;
    }
    this.bytes.set(known.digest, known.bytes);
    return known.words;
  }

  read(): unknown {
    return undefined;
  }

  #written(part: object, path: string): Known | null {
    if (isLongArray(part)) {
      const { name, kind, bytes } = arrayFile(part);
      return knownOf(keepable(bytes, path), (digest) => [name, digest, kind]);
    }
    const kind = tableKind(part);
    if (kind === null) return null;
    const { bytes, words } = tableFile(part, { kind, path, folder: this.#folder });
    const known = knownOf(keepable(bytes, path), (digest) => ["table", digest, kind, words]);
    if (kind !== "danfo") constantTables.set(part, known);
    return known;
  }
}

function knownOf(bytes: Uint8Array, words: (digest: string) => Words): Known {
  const digest = createHash("md5").update(bytes).digest("hex");
  return { words: words(digest), digest, bytes };
}

/** Keeps parts where steps read them; they are on the disk when it returns. */
export function putParts(parts: PartBytes, { objects }: ValuePlace): void {
  for (const [digest, bytes] of parts) {
    keptObjects(objects).put(bytes);
    sharedParts.share(digest, bytes);
  }
}
