import type { MimeBundle } from "../../host/index.ts";

/** Bytes that are an image, by their first ones: png, jpeg, gif, webp, svg. */
export async function imageBundle(value: object): Promise<MimeBundle | null> {
  const bytes = await bytesOf(value);
  const type = bytes === null ? null : imageType(bytes);
  if (bytes === null || type === null) return null;
  const text = `${type} image, ${bytes.byteLength.toLocaleString("en")} bytes`;
  return { [type]: type === svg ? bytes.toString() : bytes.toString("base64"), "text/plain": text };
}

async function bytesOf(value: object): Promise<Buffer | null> {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  return value instanceof Blob && value.type.startsWith("image/") ? Buffer.from(await value.arrayBuffer()) : null;
}

const svg = "image/svg+xml";

function imageType(bytes: Buffer): string | null {
  const start = bytes.toString("latin1", 0, 12);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(start)) return "image/gif";
  if (/^RIFF[\s\S]{4}WEBP/.test(start)) return "image/webp";
  // Before the root element may come a mark of the byte order, a declaration, a document type and comments.
  const head = bytes.toString("utf8", 0, 2048);
  return /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>/]/.test(head) ? svg : null;
}
