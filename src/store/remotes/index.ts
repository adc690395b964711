export { eachAtOnce } from "./at-once.ts";
export { openRemote } from "./open.ts";
export type { Remote, RemoteFile, RemoteSettings, Upload } from "./remote.ts";
export { RemoteError, type RemoteTrouble, withoutPassword } from "./remote-error.ts";
