import { userInfo } from "node:os";

/** Tag of a run that names whose it is. */
export const namespaceTag = "stemma.namespace";

let chosen: string | null = null;

/** Whose runs `flow.runs()` lists where nothing else is said; null: everybody's. */
export function currentNamespace(): string | null {
  return chosen ?? (process.env["STEMMA_NAMESPACE"] || null);
}

/** Chooses that for this process; null: everybody's. */
export function chooseNamespace(name: string | null): void {
  if (name !== null && (typeof name !== "string" || name.trim() === ""))
    throw new TypeError(`flow.namespace() got ${JSON.stringify(name)}; write "user:anna", "production:fit", or null`);
  chosen = name;
}

/** The namespace of a run that begins now: that of the deployment, which its environment says, else that of who runs it. */
export function ownNamespace(): string {
  return process.env["STEMMA_NAMESPACE"] || `user:${userName()}`;
}

function userName(): string {
  const { STEMMA_USER, METAFLOW_USER, SUDO_USER, USERNAME, USER } = process.env;
  const named = STEMMA_USER || METAFLOW_USER || SUDO_USER || USERNAME || USER;
  return named || userInfo().username;
}
