const reserved = new Set([".git", ".dvc", ".hg"]);

/**
 * Why a path from a file must not be joined to a folder, or null when it may: it would leave the folder or reach into git's or DVC's own.
 * DVC itself joins such paths unchecked; a listing made by someone else could write anywhere.
 */
export function pathFault(path: string): string | null {
  if (path === "") return "is empty";
  if (path.includes("\0")) return "holds a NUL";
  if (path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path) || /^[a-z][a-z0-9+.-]*:\/\//i.test(path))
    return "is absolute";
  const parts = path.split("/");
  if (parts.includes("..")) return "leaves the folder";
  if (parts.includes("") || parts.includes(".")) return 'has an empty or "." component';
  const own = parts.find((part) => reserved.has(part.toLowerCase()));
  if (own !== undefined) return `reaches into ${own}`;
  return process.platform === "win32" && path.includes("\\") ? "holds a backslash" : null;
}
