// In an exported project the very file stands here, as dvc-dir.js: a folder is known by its listing, as DVC's are.
export { printDir } from "../../../../format/dvc-dir.ts";
