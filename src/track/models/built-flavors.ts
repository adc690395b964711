import { type ModelFlavor, ModelFlavors } from "./flavor.ts";
import { mlJsFlavor } from "./ml-js.ts";
import { onnxFlavor } from "./onnx.ts";
import { tfjsFlavor } from "./tfjs.ts";

/** The kinds of models that this process knows. */
export const flavors: ModelFlavors = new ModelFlavors([onnxFlavor, tfjsFlavor, mlJsFlavor] as readonly ModelFlavor[]);
