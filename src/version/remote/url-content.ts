import type { YamlMap } from "../../format/index.ts";
import { type Project, RemoteError } from "../../store/index.ts";
import { openRepository } from "../repository.ts";
import { openUrl, sourceContent } from "./url-source.ts";

/**
 * What a URL holds now, as DVC records it: `etag` on S3, `checksum` from HTTP, `md5` where the bytes have to be read (SSH).
 *
 * @param url `s3://`, `ssh://`, `http(s)://`, `remote://name/path`
 * @returns null when nothing is there
 * @throws {RemoteError} the place does not answer
 */
export async function urlContent(project: Project, url: string): Promise<YamlMap | null> {
  const repository = openRepository(project);
  try {
    const source = await openUrl(repository, url, { folder: project.root });
    try {
      const { fields, listing } = await sourceContent(source);
      // DVC keeps the listing of a folder that it has looked at, to say later what changed in it.
      if (listing !== null) repository.cache.put(listing, { dir: true });
      return fields;
    } finally {
      await source.remote.close();
    }
  } catch (error) {
    if (error instanceof RemoteError && error.trouble === "MISSING") return null;
    throw error;
  }
}
