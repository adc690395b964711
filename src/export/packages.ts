import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of an installed package as code in `folder` finds it, or null. */
export function packageFolder(folder: string, name: string): string | null {
  const candidate = join(folder, "node_modules", name);
  if (existsSync(join(candidate, "package.json"))) return candidate;
  const parent = dirname(folder);
  return parent === folder ? null : packageFolder(parent, name);
}

/** The installed version of a package, or null. */
export function packageVersion(folder: string, name: string): string | null {
  const place = packageFolder(folder, name);
  if (place === null) return null;
  const { version } = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as { version?: unknown };
  return typeof version === "string" ? version : null;
}
