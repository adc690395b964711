import type { Fields } from "./fields.ts";

/** Whether a digest is of DVC 3 (the bytes as they are) or of DVC 2 (text with `\r\n` made `\n`; another folder of the cache). */
export type HashName = "md5" | "md5-dos2unix";

/** The digest in a `.dvc` or `dvc.lock` entry; null when the entry has none yet, or one of another kind (`etag`). */
export function entryDigest(fields: Fields): string | null {
  const value = fields.get("md5") ?? null;
  if (value === null || value === "") return null;
  // Digits only, written by hand without quotes, are an integer to YAML.
  const text = typeof value === "number" || typeof value === "bigint" ? String(value) : fields.text("md5");
  if (text !== null && /^[0-9a-f]{32}(\.dir)?$/i.test(text)) return text.toLowerCase();
  const hex = /^[0-9a-f]*$/i.exec(text ?? "")?.[0];
  const got = hex !== undefined ? String(hex.length) : JSON.stringify(text);
  throw fields.fault(["md5"], `want 32 hex digits, got ${got}`);
}

export function entryHash(fields: Fields): HashName {
  const hash = fields.text("hash");
  if (hash === null) return "md5-dos2unix";
  if (hash === "md5" || hash === "md5-dos2unix") return hash;
  throw fields.fault(["hash"], `"${hash}" is not supported; DVC 3 writes md5`);
}
