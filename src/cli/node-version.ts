/** The oldest Node that the library runs on; package.json's `engines` says the same. */
const oldest = { major: 22, minor: 13 };

/** The sentence for a Node that is too old; null for one that will do. */
export function nodeTooOld(version: string): string | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return null;
  return `Stemma needs Node ${oldest.major}.${oldest.minor} or newer, and this is ${version}. Install a newer one: https://nodejs.org.`;
}
