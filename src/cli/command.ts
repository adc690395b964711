import { type Command, InvalidArgumentError } from "commander";

/** Adds one command to the program. `exit` sets a code other than 0 for a command that did not fail. */
export type Register = (program: Command, exit: (code: number) => void) => void;

/** Reads a whole number of an option. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Want a whole number from ${least} to ${most}.`);
  };
}

/** Writes to the standard output. */
export function print(text: string): void {
  process.stdout.write(text);
}

export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, null, 2)}\n`);
}
