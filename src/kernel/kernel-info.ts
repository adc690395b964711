import { type Content, protocolVersion } from "./protocol/index.ts";

/** What a front end is told about the kernel; versions of TypeScript and of this package. */
export function kernelInfo({ typescript, stemma }: { readonly typescript: string; readonly stemma: string }): Content {
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "stemma",
    implementation_version: stemma,
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
      // JupyterLab takes the mode, the classic notebook the rest.
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
    },
    banner: `TypeScript ${typescript}, Node ${process.versions.node}, Stemma ${stemma}`,
    help_links: [{ text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/" }],
    supported_features: [],
    debugger: false,
  };
}
