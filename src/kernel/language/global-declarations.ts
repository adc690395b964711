/** The virtual file with the functions that every cell has without an import. */
export const globalsFile = "__globals__.d.ts";

/** Its text. A name of the user's own goes before these. */
export const globalDeclarations: string = `
/** Asks the user; gives what was typed. With \`password\` the front end shows dots. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
/** Empties the output of this cell: at once, or with \`wait\` when the next output comes. */
declare function clearOutput(options?: { readonly wait?: boolean }): void;
/** Shows a text in the front end's pager when the cell has ended. */
declare function page(text: string): void;
interface ImportMeta { dirname: string; filename: string; url: string; resolve(specifier: string): string }
`;
