import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Whether Node takes a script for an ES module, by its name and the nearest package.json. */
export function isEsModule(file: string): boolean {
  return file.endsWith(".mjs") || (file.endsWith(".js") && packageType(dirname(file)) === "module");
}

function packageType(folder: string): unknown {
  const parent = dirname(folder);
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "type" in manifest ? manifest.type : undefined;
  } catch {
    return parent === folder ? undefined : packageType(parent);
  }
}
