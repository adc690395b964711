import { addressOf, type Machine, openServer, type RestOptions } from "../stores/index.ts";
import type { Models } from "./local-registry.ts";
import { restLoggedModels } from "./rest-logged.ts";
import { restModels } from "./rest-models.ts";
import { restVersions } from "./rest-versions.ts";

/** The registry and the logged models of a tracking server; nothing is asked until the first call. @throws {ValueError} no address */
export function openRestModels(options: RestOptions = {}, machine?: Machine): Models {
  const server = openServer(addressOf(options), machine);
  return { ...restModels(server), ...restVersions(server), ...restLoggedModels(server) };
}
