export {
  type InstalledKernel,
  type InstallOptions,
  installKernel,
  KernelInstallError,
  listKernels,
  packageFolder,
  removeKernel,
} from "./installed.ts";
export { dataFolders, prefixDataFolder, type UserPlace, userDataFolder } from "./jupyter-folders.ts";
