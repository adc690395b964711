export type { CommContent, CommMessage, KernelComm } from "./comm.ts";
export { host, useHost } from "./detect.ts";
export { drawn, type Renderer, setRenderer } from "./draw.ts";
export { drawable } from "./drawable.ts";
export type { CellIdentity, CellSource, Display, Host, HostComms, HostKind, MimeBundle } from "./host.ts";
export { type KernelHook, kernelHookKey } from "./kernel-hook.ts";
export { noteShown } from "./shown.ts";
