// In an exported project the very file stands here, as command-text.js: a command reads as in flow().
export { filled, placeholders } from "../../../../flow/command/command-text.ts";
