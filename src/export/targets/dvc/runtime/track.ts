/**
 * The kinds of models that stages give each other.
 *
 * This file is copied into exported projects: it imports its neighbours, nothing else.
 */
import { type ModelFlavor, ModelFlavors } from "../../../../track/models/flavor.ts";
import { mlJsFlavor } from "../../../../track/models/ml-js.ts";
import { tfjsFlavor } from "../../../../track/models/tfjs.ts";

export const track: { readonly flavors: ModelFlavors } = {
  flavors: new ModelFlavors([tfjsFlavor, mlJsFlavor] as readonly ModelFlavor[]),
};
