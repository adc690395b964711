import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, npm } from "./command.mjs";
import { root } from "./places.mjs";
import { digestOf, isStamped, stamp } from "./stamp.mjs";
import { asItWas } from "./steps.mjs";
import { Trouble } from "./trouble.mjs";

const library = {
  name: "library",
  script: ["run", "build:library"],
  sources: ["src", "tsconfig.json", "tsconfig.build.json", "scripts/library.mjs", "package-lock.json"],
  product: "dist/index.js",
};

const extension = {
  name: "extension",
  script: ["run", "build:extension"],
  sources: [
    "labextension/src",
    "labextension/style",
    "labextension/schema",
    "labextension/package.json",
    "labextension/tsconfig.json",
    "src/display/bundle.ts",
    "package-lock.json",
  ],
  product: "labextension/dist/package.json",
};

/** Builds the library into dist/. */
export async function buildLibrary() {
  const words = await build(library);
  // npm does this for an installed package; here `stemma` is the repository itself.
  chmodSync(join(root, "dist", "cli", "main.js"), 0o755);
  return words;
}

/** Builds the JupyterLab extension into labextension/dist/; after the library, whose types it reads. */
export function buildExtension() {
  return build(extension);
}

async function build({ name, script, sources, product }) {
  const digest = digestOf(sources);
  if (isStamped(name, digest) && existsSync(join(root, product))) return asItWas;
  try {
    await npm([...script, "--loglevel=error"]);
  } catch (error) {
    if (error instanceof CommandFailed) throw new Trouble(`The ${name} does not build.`, error.output);
    throw error;
  }
  stamp(name, digest);
  return "built";
}
