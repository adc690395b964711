import type { Field } from "./csv-fields.ts";
import type { ReadColumn, SchemaType } from "./data-table.ts";
import { TableFileError } from "./table-file-error.ts";

const number = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const integer = /^[+-]?(?:0|[1-9]\d*)$/;
const day = /^\d{4}-\d\d-\d\d$/;
const instant = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/;

/** What other tools write for a missing value. In a column of text they are text: "NA" is Namibia. */
const missingNames: ReadonlySet<string> = new Set(["NA", "N/A", "n/a", "NULL", "null", "None", "nan", "<NA>", "NaT"]);

interface Kind {
  readonly type: SchemaType;
  readonly fits: (text: string) => boolean;
  readonly read: (text: string) => unknown;
}

const numbers: Kind = {
  type: "double",
  fits: (text) => number.test(text) || text in special,
  read: (text) => special[text] ?? Number(text),
};
const special: Readonly<Record<string, number>> = Object.assign(Object.create(null), {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
});

const booleans: Kind = {
  type: "boolean",
  fits: (text) => /^(true|false|True|False|TRUE|FALSE)$/.test(text),
  read: (text) => /^t/i.test(text),
};
const days: Kind = {
  type: "date",
  fits: (text) => day.test(text) && !Number.isNaN(Date.parse(text)),
  read: (text) => new Date(text),
};
const instants: Kind = {
  type: "timestamp",
  fits: (text) => instant.test(text) && !Number.isNaN(timeOf(text)),
  read: (text) => new Date(timeOf(text)),
};
const kinds: readonly Kind[] = [numbers, booleans, days, instants];

// Without a zone a time is in UTC: the same file gives the same instants everywhere.
function timeOf(text: string): number {
  const iso = text.replace(" ", "T").replace(",", ".");
  return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
}

/**
 * A column of texts as what they are: numbers, booleans, days, instants where all of them fit, else text. Numbers with leading
 * zeros are text; integers past 2^53 are BigInts.
 */
export function guessedColumn(name: string, fields: readonly Field[]): ReadColumn {
  const first = fields.find((text) => text !== null && text !== "" && !missingNames.has(text));
  if (first === undefined || first === null) return allMissing(name, fields);
  const kind = kinds.find(({ fits }) => fits(first));
  if (kind === undefined || !fields.every((text) => isMissing(text) || kind.fits(text as string))) {
    return { name, type: "string", values: fields };
  }
  if (kind === numbers) return numberColumn(name, fields);
  return { name, type: kind.type, values: fields.map((text) => (isMissing(text) ? null : kind.read(text as string))) };
}

function isMissing(text: Field): boolean {
  return text === null || text === "" || missingNames.has(text);
}

function allMissing(name: string, fields: readonly Field[]): ReadColumn {
  const text = fields.some((field) => field !== null);
  return { name, type: text ? "string" : "null", values: fields };
}

function numberColumn(name: string, fields: readonly Field[]): ReadColumn {
  // A double past 2^53 prints all digits that it has; an integer of more digits is one that no double holds.
  const large = fields.some((text) => text !== null && integer.test(text) && isLost(text));
  if (!large)
    return { name, type: "double", values: fields.map((text) => (isMissing(text) ? null : numbers.read(text ?? ""))) };
  const exact = fields.every((text) => isMissing(text) || (integer.test(text ?? "") && fits64(text ?? "")));
  if (!exact) {
    const whole = fields.every((text) => isMissing(text) || integer.test(text ?? ""));
    // Digits that no number holds stay as they are written.
    if (whole) return { name, type: "string", values: fields };
    return { name, type: "double", values: fields.map((text) => (isMissing(text) ? null : numbers.read(text ?? ""))) };
  }
  return {
    name,
    type: "int64",
    values: fields.map((text) => (isMissing(text) ? null : BigInt((text ?? "").replace("+", "")))),
  };
}

function isLost(text: string): boolean {
  const value = Number(text);
  return !Number.isSafeInteger(value) && String(value) !== text.replace("+", "");
}

function fits64(text: string): boolean {
  const value = BigInt(text.replace("+", ""));
  return BigInt.asIntN(64, value) === value;
}

/**
 * A column of texts as the type that was asked for.
 *
 * @throws {TableFileError} a text that is none of these; names the row, counted from 0
 */
export function typedTexts(
  name: string,
  fields: readonly Field[],
  asked: { readonly type: SchemaType; readonly path: string },
): ReadColumn {
  const { type, path } = asked;
  if (type === "string") return { name, type, values: fields };
  const kind = kinds.find((one) => one.type === type) ?? (type === "int64" || type === "uint64" ? integers : numbers);
  const values = fields.map((text, row) => {
    if (isMissing(text)) return null;
    if (kind.fits(text ?? "")) return kind.read(text ?? "");
    throw new TableFileError(
      `${path}: row ${row} of column ${JSON.stringify(name)} is ${JSON.stringify(text)}, which is no ${type}.`,
    );
  });
  return { name, type, values };
}

const integers: Kind = {
  type: "int64",
  fits: (text) => integer.test(text),
  read: (text) => BigInt(text.replace("+", "")),
};
