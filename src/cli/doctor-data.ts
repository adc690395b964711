import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { errorFacts } from "../error.ts";
import type { Project } from "../store/index.ts";
import { repositoryFacts } from "../version/index.ts";
import { type Check, fine, problem } from "./doctor-check.ts";

/** What `dvc doctor` says of a project: cache, links that work here, remotes, repository. */
export function dataChecks(project: Project): readonly Check[] {
  if (!existsSync(project.dvcFolder)) return [fine("DVC repository", "none yet; version() or stemma init makes it")];
  try {
    const { cacheFolder, links, linkTypes, remotes, repo, configs } = repositoryFacts(project);
    const listed = remotes.map(({ name, kind, isDefault }) => `${name} (${kind}${isDefault ? ", default" : ""})`);
    return [
      fine("DVC repository", repo),
      fine("DVC cache", links === null ? `${cacheFolder}, not made yet` : cacheFolder),
      linksCheck(links, linkTypes),
      fine("Remotes", listed.join(", ") || "none"),
      fine("Configs", `global ${configs.global}, system ${configs.system}`),
      lockCheck(),
    ];
  } catch (thrown) {
    return [problem("DVC repository", errorFacts(thrown).message)];
  }
}

/** A kind of link that is configured and does not work here is no fault of the project: files are copied then. */
function linksCheck(works: readonly string[] | null, wanted: readonly string[]): Check {
  const name = "Cache types";
  if (works === null) return fine(name, "tried with the first data");
  const used = wanted.find((type) => works.includes(type)) ?? "copy";
  return fine(name, `${works.join(", ")} work here; ${used} is used (cache.type ${wanted.join(", ")})`);
}

/** DVC's lock is flock(2), which Node has no call for: one of these programs makes it. */
const lockers = ["flock", "perl", "python3"];

function lockCheck(): Check {
  const found = lockers.find((name) => onPath(name) !== null);
  return found === undefined
    ? problem(
        "Lock",
        "none of flock, perl and python3 is on the PATH: real DVC at the same time is not noticed. Install util-linux, or set core.hardlink_lock true.",
      )
    : fine("Lock", `flock(2), by ${found}`);
}

/** Where a program of this name is; null when the PATH has none. */
export function onPath(name: string): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter).filter((part) => part !== "")) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here: the next folder may have it.
    }
  }
  return null;
}
