import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StemmaError } from "../error.ts";
import { parseYaml, plainValue } from "../format/index.ts";
import { hooksFolder, setConfig } from "../git/index.ts";
import { type Project, writeDurable } from "../store/index.ts";
import { openRepository } from "./repository.ts";

const hooks = ["post-checkout", "pre-commit", "pre-push"];

/**
 * Has git call us: data follows a checkout, a commit shows the status, a push pushes the data; merges of versioned folders.
 *
 * @returns the files that were written
 * @throws {StemmaError} a hook is there already; nothing was written
 */
export function installHooks(project: Project, options: { readonly preCommitTool: boolean }): readonly string[] {
  const { gitRoot } = openRepository(project);
  if (gitRoot === null) return [];
  const folder = hooksFolder(gitRoot);
  if (!options.preCommitTool) {
    const taken = hooks.find((name) => existsSync(join(folder, name)));
    if (taken !== undefined) {
      throw new StemmaError(
        "HOOK_EXISTS",
        `Hook '${taken}' already exists: ${join(folder, taken)}. Delete it, or add "stemma git-hook ${taken}" to it.`,
      );
    }
  }
  setConfig(gitRoot, "merge.dvc.name", "DVC merge driver");
  setConfig(gitRoot, "merge.dvc.driver", "stemma git-hook merge-driver --ancestor %O --our %A --their %B ");
  if (options.preCommitTool) return [addToPreCommit(gitRoot)];
  mkdirSync(folder, { recursive: true });
  return hooks.map((name) => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\nexec stemma git-hook ${name} $@\n`);
    chmodSync(file, 0o777);
    return file;
  });
}

/** Our hooks in the configuration of the tool pre-commit, at the end; comments stay. */
function addToPreCommit(gitRoot: string): string {
  const file = join(gitRoot, ".pre-commit-config.yaml");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (text.includes("id: stemma-pre-commit")) return file;
  const config = Object(plainValue(parseYaml(text === "" ? "{}" : text, file))) as { readonly repos?: unknown };
  const stages: Readonly<Record<string, string>> = {
    "pre-commit": "pre-commit",
    "pre-push": "pre-push",
    "post-checkout": "post-checkout",
  };
  const entries = Object.entries(stages).map(([name, stage]) =>
    [
      `  - id: stemma-${name}`,
      `    name: stemma ${name}`,
      `    entry: stemma git-hook ${name}`,
      "    language: system",
      "    always_run: true",
      `    stages: [${stage}]`,
    ].join("\n"),
  );
  const head = Array.isArray(config.repos) && config.repos.length > 0 ? "" : "repos:\n";
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  writeDurable(file, `${before}${head}- repo: local\n  hooks:\n${entries.join("\n")}\n`);
  return file;
}
