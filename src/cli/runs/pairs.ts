import { InvalidArgumentError } from "commander";

/** Collects `key=value` of an option that may come several times. */
export function pair(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError(`Want key=value, got ${JSON.stringify(text)}.`);
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

/** A number of a metric, with the step where one is given. */
export interface MetricArgument {
  readonly key: string;
  readonly value: number;
  readonly step: number | null;
}

/** Collects `rmse=3.5` and `rmse=3.5@100` of an option that may come several times. */
export function metric(text: string, before: readonly MetricArgument[] = []): readonly MetricArgument[] {
  const [, key, value = "", step] = /^(.+?)=([^@]*)(?:@([+-]?\d+))?$/.exec(text) ?? [];
  const number = numberOf(value.trim());
  if (key === undefined || number === null)
    throw new InvalidArgumentError(`Want key=number or key=number@step, got ${JSON.stringify(text)}.`);
  if (step !== undefined && !Number.isSafeInteger(Number(step)))
    throw new InvalidArgumentError(`Step ${step} is past 2^53.`);
  return [...before, { key, value: number, step: step === undefined ? null : Number(step) }];
}

function numberOf(text: string): number | null {
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  if (/^\+?inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^-inf(inity)?$/i.test(text)) return Number.NEGATIVE_INFINITY;
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? null : number;
}

/** A collector of plain texts. */
export function texts(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
