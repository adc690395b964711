export {};

declare module "stemma" {
  interface CatalogSets {
    cases: readonly { readonly x: number }[];
    [name: `${string}_raw`]: Uint8Array;
  }
}
