/**
 * Builds the library: tsc writes modules and declarations into build/library/, and those are joined into few files of dist/. A
 * notebook's first `import "stemma"` then reads twenty files, not six hundred, in a third of the time, and is checked against
 * one file of declarations in half of the time. What starts as a program of its own, and what package.json names, keeps its place.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { root } from "./places.mjs";

const from = join(root, "build", "library");
const to = join(root, "dist");

/** Modules that other programs name: package.json, the tests of parts that have no face of their own, the summary. */
const faces = ["index", "host/index", "track/index"];

/** What browsers load: one file that knows nothing of Node. */
const browserFace = "display/bundle";

/** Texts that exported pipelines get copies of; each stands alone. */
const copied = [
  "flow/encoding/codec",
  "flow/command/command-text",
  "flow/command/shell-quotes",
  "flow/encoding/decode",
  "flow/keep/array-file",
  "flow/run/executors/random",
  "export/targets/dvc/runtime/stage",
  "export/targets/dvc/runtime/context",
  "export/targets/dvc/runtime/beside",
  "export/targets/dvc/runtime/command",
  "export/targets/dvc/runtime/contents",
  "export/targets/dvc/runtime/frame",
  "export/targets/dvc/runtime/model-input",
  "export/targets/dvc/runtime/paths",
  "export/targets/dvc/runtime/place",
  "export/targets/dvc/runtime/track",
  "export/targets/dvc/runtime/tries",
  "error",
  "flow/values/file",
  "format/code-points",
  "format/dvc-dir",
  "format/format-error",
  "format/relative-path",
  "flow/values/models",
  "flow/values/packages",
  "flow/values/tables",
  "frame/arrow",
  "frame/kind",
  "frame/npy",
  "frame/read-frame",
  "frame/read-npy",
  "frame/table-file-error",
  "frame/typed-column",
  "frame/value-error",
  "track/models/flavor",
  "track/models/ml-js",
  "track/models/model-errors",
  "track/models/project-import",
  "track/models/tensor",
  "track/models/tfjs",
];

/** The modules below a folder, without their ending, with "/" on every system. */
function modulesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map((path) => path.split("\\").join("/"))
    .filter((path) => path.endsWith(".js"))
    .map((path) => path.slice(0, -3));
}

/** What tsc has compiled; not what is left of sources that are gone. */
function compiledModules() {
  return modulesOf(from).filter((path) => existsSync(join(root, "src", `${path}.ts`)));
}

/** What no module imports is started: the command line, the kernel, the workers. Of modules of types nothing is left. */
function programs(compiled) {
  const texts = new Map(compiled.map((path) => [path, readFileSync(join(from, `${path}.js`), "utf8")]));
  const imported = new Set(compiled.flatMap((path) => importsOf(path, texts.get(path))));
  const isEmpty = (path) =>
    texts
      .get(path)
      .replaceAll(/\/\*.*?\*\//gs, "")
      .trim() === "export {};";
  return compiled.filter(
    (path) => !imported.has(path) && !copied.includes(path) && path !== browserFace && !isEmpty(path),
  );
}

function importsOf(path, text) {
  const found = text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g);
  return [...found].map(([, name]) => posix.join(posix.dirname(path), name));
}

// A name that no package and no file has.
const missing = "/missing";

/** A module goes on to find its neighbours, wherever its code is now: `import.meta.url` stays what it was. */
const places = {
  name: "places",
  // tsc has told what is missing; the rest is built all the same.
  resolveId(name, importer) {
    if (!name.startsWith(".") || existsSync(join(dirname(importer), name))) return null;
    return { id: missing };
  },
  load: (id) => (id === missing ? "export {};" : null),
  transform(code, id) {
    const path = posix.relative(from.split("\\").join("/"), id.split("\\").join("/"));
    return code.includes("import.meta.url") ? code.replaceAll("import.meta.url", `"place:${path}"`) : null;
  },
  renderChunk(code, { fileName }) {
    return code.replaceAll(/"place:([^"]+)"/g, (_, path) =>
      path === fileName
        ? "import.meta.url"
        : `new URL("${posix.relative(posix.dirname(fileName), path)}", import.meta.url).href`,
    );
  },
};

/** Whether a name is a package's. */
function isElsewhere(id) {
  return !/^[./]|^[A-Za-z]:/.test(id);
}

async function joinAll() {
  const entries = [...new Set([...faces, ...programs(compiledModules())])];
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((path) => [path, join(from, `${path}.js`)])),
    platform: "node",
    external: isElsewhere,
    // All of it is wanted, in the order in which it stands.
    treeshake: false,
    shimMissingExports: true,
    plugins: [places],
  });
  for (const path of copied) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    copyFileSync(join(from, `${path}.js`), join(to, `${path}.js`));
  }
  return new Set([...(await written(bundle)), ...(await joinForBrowsers()), ...copied]);
}

async function joinForBrowsers() {
  const input = { [browserFace]: join(from, `${browserFace}.js`) };
  return written(await rolldown({ input, platform: "browser" }));
}

/** What package.json names the types of, each in one file of its own. */
async function joinDeclarations() {
  const joined = ["index", browserFace].map(async (face) => {
    const input = { [face]: join(from, `${face}.d.ts`) };
    const bundle = await rolldown({
      input,
      external: isElsewhere,
      plugins: [dts({ dtsInput: true, sourcemap: false })],
    });
    await bundle.write({ dir: to, format: "esm" });
    await bundle.close();
    return `${face}.d.ts`;
  });
  return new Set(await Promise.all(joined));
}

function removeOtherDeclarations(written) {
  for (const path of readdirSync(to, { recursive: true }).map((one) => one.split("\\").join("/")))
    if (path.endsWith(".d.ts") && !written.has(path)) rmSync(join(to, path));
}

/** The modules that are now in dist/, without their ending. */
async function written(bundle) {
  const names = { entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" };
  const comments = { annotation: false, jsdoc: false, legal: true };
  const { output } = await bundle.write({ dir: to, format: "esm", comments, ...names });
  await bundle.close();
  return output.map(({ fileName }) => fileName.slice(0, -3));
}

/** A process that started with the last build may still load a part of it. */
const keptMs = 600_000;

function removeOthers(written) {
  for (const path of modulesOf(to)) {
    const file = join(to, `${path}.js`);
    if (!written.has(path) && Date.now() - statSync(file).mtimeMs > keptMs) rmSync(file);
  }
}

function compile() {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  return spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" }).status ?? 1;
}

process.exitCode = compile();
removeOthers(await joinAll());
removeOtherDeclarations(await joinDeclarations());
