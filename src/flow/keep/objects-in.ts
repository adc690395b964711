// In the JSON of a string each quote is escaped, and a record with the key "~" is tagged itself: nothing else looks so.
const pointer = /\{"~":\["[a-z]+"((?:,"[0-9a-f]{32}(?:\.dir)?")+)/g;

/** MD5s of the objects that a text points to, each once. */
export function objectsIn(text: string): readonly string[] {
  if (!text.includes('{"~":["')) return [];
  const found = [...text.matchAll(pointer)].flatMap(
    ([, digests = ""]) => digests.match(/[0-9a-f]{32}(?:\.dir)?/g) ?? [],
  );
  return [...new Set(found)];
}
