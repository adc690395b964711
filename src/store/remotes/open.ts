import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { openHttpRemote } from "./http.ts";
import { openLocalRemote } from "./local.ts";
import { isOn, type Remote, type RemoteSettings } from "./remote.ts";
import { RemoteError, withoutPassword } from "./remote-error.ts";

/** What DVC reaches and Stemma does not, with the way out. */
const others: Readonly<Record<string, string>> = {
  gs: "Google Cloud Storage is reached through its S3 interface: url = s3://bucket/path, endpointurl = https://storage.googleapis.com, with HMAC keys",
  gcs: "Google Cloud Storage is reached through its S3 interface: url = s3://bucket/path, endpointurl = https://storage.googleapis.com, with HMAC keys",
  azure: "for Azure use dvc itself, or a copy of the remote in S3, over SSH or in a folder",
  gdrive: "for Google Drive mount it and name the folder, or use dvc itself",
  hdfs: "for HDFS mount it and name the folder, or use dvc itself",
  webhdfs: "for HDFS mount it and name the folder, or use dvc itself",
  webdav: "for WebDAV mount it and name the folder, or use dvc itself",
  webdavs: "for WebDAV mount it and name the folder, or use dvc itself",
  oss: "Alibaba's OSS is reached through its S3 interface: url = s3://bucket/path with its endpointurl",
};

/**
 * Opens the place that a URL names: `s3://`, `ssh://`, `http(s)://`, `file://`, or an absolute path. Connects where a connection is
 * needed; packages that a driver needs are loaded then.
 *
 * @throws {RemoteError} `UNSUPPORTED`: no driver, a missing package; else what the place says
 */
export async function openRemote(settings: RemoteSettings): Promise<Remote> {
  const { url } = settings;
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase() ?? null;
  if (isOn(settings, "worktree", false) || isOn(settings, "version_aware", false)) {
    throw new RemoteError(
      "UNSUPPORTED",
      `${withoutPassword(url)} keeps versions by its cloud (version_aware or worktree); use dvc itself for it, or unset the option.`,
    );
  }
  if (scheme === null && isAbsolute(url)) return openLocalRemote(url);
  if (scheme === "file") return openLocalRemote(fileURLToPath(url));
  if (scheme === "http" || scheme === "https") return openHttpRemote(settings);
  if (scheme === "s3") return (await import("./s3.ts")).openS3Remote(settings);
  if (scheme === "ssh" || scheme === "sftp") return (await import("./ssh.ts")).openSshRemote(settings);
  const why = (scheme === null ? null : others[scheme]) ?? "write s3://, ssh://, https://, or the path of a folder";
  throw new RemoteError("UNSUPPORTED", `Stemma has no driver for ${withoutPassword(url)}: ${why}.`);
}
