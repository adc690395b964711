export { type KernelSpec, type KernelSpecOptions, kernelSpec } from "./kernelspec.ts";
