import { isInTemporaryFolder, testFolder } from "./temporary.mjs";

/** What vitest does before its first file and after its last, where no run around it has made the folder. */
export function setup() {
  if (isInTemporaryFolder()) return undefined;
  const { env, close } = testFolder();
  Object.assign(process.env, env);
  return () => {
    const words = close();
    if (words !== "") process.stderr.write(`${words}\n`);
  };
}
