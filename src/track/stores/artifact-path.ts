/** The proxy's routes of artifacts. */
export const artifactsPath = "/api/2.0/mlflow-artifacts/artifacts";

/** An artifact behind a server's proxy: the base of its run, and its path there. */
export interface Proxied {
  readonly id: string;
  readonly path: string;
  readonly base: string;
}

/** A path as a part of an address. */
export function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
