import { join } from "node:path";
import { StemmaError } from "../../error.ts";
import type { Json } from "../../track/index.ts";
import { importTarget } from "../capture/index.ts";
import { outsValue } from "../command/index.ts";
import type { FlowPlace, Plan } from "../plan/index.ts";
import type { Known } from "./evaluate.ts";
import { type FileDigest, fileDigest, readDigest } from "./file-digest.ts";

/** A step says that it depends on a package that is not there. */
export class MissingPackageError extends StemmaError {
  constructor(name: string, folder: string) {
    super("MISSING_PACKAGE", `Package ${name} is not installed in ${folder}. Run npm install ${name}.`);
  }
}

/** What is known of a flow before it runs. A file is read once: all steps see the same bytes in their keys. */
export function knownOf(plan: Plan, params: Readonly<Record<string, Json>>, place: FlowPlace): Omit<Known, "result"> {
  const files = new Map<string, FileDigest>();
  const reading = new Map<string, Promise<void>>();
  const failed = new Map<string, { readonly error: unknown }>();
  const versions = new Map<string, string>();
  return {
    project: place.project,
    plan,
    params,
    file(path) {
      const failure = failed.get(path);
      if (failure !== undefined) throw failure.error;
      const known = files.get(path) ?? fileDigest(path, place);
      files.set(path, known);
      return known;
    },
    async readFile(path, signal) {
      if (files.has(path)) return;
      const begun =
        reading.get(path) ??
        readDigest(path, place, signal).then(
          (digest) => void files.set(path, digest),
          (error: unknown) => {
            if (signal.aborted) throw error;
            failed.set(path, { error });
          },
        );
      reading.set(path, begun);
      return begun;
    },
    outs: (result) => outsValue(place.project, result),
    version(name) {
      const known = versions.get(name) ?? installedVersion(name, place.folder);
      versions.set(name, known);
      return known;
    },
  };
}

function installedVersion(name: string, folder: string): string {
  const target = importTarget(name, join(folder, "cell.js"));
  if (target?.kind === "package") return target.version;
  throw new MissingPackageError(name, folder);
}
