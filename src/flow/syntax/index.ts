export { scopeManager } from "./parsers.ts";
export { children, isNode, type Node, type ParsedFunction, parsed, parsedFunction, walk } from "./syntax.ts";
