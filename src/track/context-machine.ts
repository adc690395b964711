import { arch, cpus, release, totalmem, type } from "node:os";
import { host } from "../host/index.ts";
import { programPackage } from "./context-packages.ts";

let machine: Readonly<Record<string, string>> | null = null;

/** The machine, the runtime and the kernel, by their tags; they stay as they are while the process lives. */
export function machineTags(): Readonly<Record<string, string>> {
  machine ??= {
    [`stemma.${runtime()}`]: process.versions["deno"] ?? process.versions["bun"] ?? process.versions.node,
    "stemma.system": `${type()} ${release()} ${arch()}, ${processors()}, ${Math.round(totalmem() / 1e9)} GB`,
    ...kernelTag(),
  };
  return machine;
}

function runtime(): "deno" | "bun" | "node" {
  if (process.versions["deno"] !== undefined) return "deno";
  return process.versions["bun"] === undefined ? "node" : "bun";
}

function processors(): string {
  const all = cpus();
  const model = (all[0]?.model ?? "").replace(/\s+/g, " ").trim();
  return `${all.length} x ${model === "" ? "CPU" : model}`;
}

function kernelTag(): Readonly<Record<string, string>> {
  const { kind } = host();
  return kind === "node" ? {} : { "stemma.kernel": programPackage(process.argv[1]) ?? kind };
}

/** Longest command line that is kept. */
const longest = 1_000;
const secret = /token|secret|passw|api-?key|credential|auth/i;

/** A command line as it was typed, what looks like a secret as "***". */
export function commandLine(argv: readonly string[]): string {
  const words = argv.map((word, index) => {
    const equals = word.indexOf("=");
    if (equals > 0 && secret.test(word.slice(0, equals))) return `${word.slice(0, equals)}=***`;
    const option = argv[index - 1];
    const follows = option?.startsWith("-") === true && !option.includes("=") && secret.test(option);
    return follows && !word.startsWith("-") ? "***" : quoted(word);
  });
  const line = words.join(" ");
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
