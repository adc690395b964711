/**
 * A step asks a model by the model's own `predict()`: nothing is asked by way of its flavour.
 *
 * This file is copied into exported projects: it imports nothing.
 */
export function rowsOf(): never {
  throw new Error("a stage asks its models by their own predict()");
}

export const onlyTensor: () => never = rowsOf;
