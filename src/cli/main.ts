#!/usr/bin/env node
import module from "node:module";
import { nodeTooOld } from "./node-version.ts";

// Checked before anything else is loaded: an older Node lacks modules that the rest imports.
const tooOld = nodeTooOld(process.versions.node);

if (tooOld === null) {
  // A command's time is mostly that of compiling what it loads; Node keeps it in the system's folder for such files.
  module.enableCompileCache();
  void import("./program.ts")
    .then(({ main }) => main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    });
} else {
  process.stderr.write(`ERROR: ${tooOld}\n`);
  process.exitCode = 1;
}
