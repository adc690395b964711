import { FormatError } from "./format-error.ts";
import { type WireField, wireFields } from "./protobuf.ts";

/** One scalar of a TensorBoard event file. */
export interface TfScalar {
  readonly tag: string;
  readonly step: number;
  readonly timeMs: number;
  readonly value: number;
}

/** What one event says. */
export interface TfEvent {
  readonly timeMs: number;
  readonly scalars: readonly TfScalar[];
  /** Hyperparameters of the run, by name; TensorBoard's HParams plugin keeps them in one event. */
  readonly hparams: Readonly<Record<string, string | number | boolean>>;
  /** Images, histograms and other things that are no scalars. */
  readonly others: number;
}

/**
 * Reads events one after the other. Scalars are `simple_value` (TensorFlow 1, PyTorch, tensorboardX) and tensors of one
 * number (TensorFlow 2), whose plugin is named at the first of each tag only: hence a reader that remembers, one a run.
 *
 * @see tensorflow/core/util/event.proto, framework/summary.proto, framework/tensor.proto
 */
export function tfEventReader(): (record: Uint8Array) => TfEvent {
  const plugins = new Map<string, string>();
  return (record) => {
    const fields = wireFields(record);
    const wall = fields.find(({ number }) => number === 1)?.value;
    const timeMs = wall instanceof Uint8Array ? Math.round(view(wall).getFloat64(0, true) * 1000) : 0;
    const step = Number(BigInt.asIntN(64, numberOf(fields, 2)));
    const event = { timeMs, scalars: [] as TfScalar[], hparams: {}, others: 0 };
    for (const summary of messages(fields, 5))
      for (const value of messages(wireFields(summary), 1)) readSummary(wireFields(value), plugins, { event, step });
    return event;
  };
}

interface Reading {
  readonly event: {
    timeMs: number;
    scalars: TfScalar[];
    hparams: Record<string, string | number | boolean>;
    others: number;
  };
  readonly step: number;
}

function readSummary(value: readonly WireField[], plugins: Map<string, string>, { event, step }: Reading): void {
  const tag = textOf(value, 1);
  const [plugin] = messages(value, 9).flatMap((metadata) => messages(wireFields(metadata), 1));
  const named = plugin === undefined ? [] : wireFields(plugin);
  if (plugin !== undefined) plugins.set(tag, textOf(named, 1));
  if (plugins.get(tag) === "hparams") {
    const [content] = messages(named, 2);
    if (content !== undefined) Object.assign(event.hparams, hparamsOf(content));
    return;
  }
  const number = simpleValue(value) ?? tensorValue(value, plugins.get(tag));
  if (number === null) event.others++;
  else event.scalars.push({ tag, step, timeMs: event.timeMs, value: number });
}

function simpleValue(value: readonly WireField[]): number | null {
  const [bits] = messages(value, 2);
  return bits?.length === 4 ? view(bits).getFloat32(0, true) : null;
}

function tensorValue(value: readonly WireField[], plugin: string | undefined): number | null {
  const [tensor] = messages(value, 8);
  if (tensor === undefined || plugin !== "scalars") return null;
  const fields = wireFields(tensor);
  const type = Number(numberOf(fields, 1));
  const kind = kinds[type];
  if (kind === undefined) return null;
  const [content] = messages(fields, 4);
  if (content !== undefined && content.length === kind.bytes) return kind.read(view(content));
  return kind.field(fields);
}

interface TensorKind {
  readonly bytes: number;
  readonly read: (bits: DataView) => number;
  readonly field: (fields: readonly WireField[]) => number;
}

// DataType of framework/types.proto -> how one number of it is kept in TensorProto: as raw content, or in a field of its own.
const kinds: Readonly<Record<number, TensorKind>> = {
  1: { bytes: 4, read: (bits) => bits.getFloat32(0, true), field: (fields) => fixed(fields, 5) },
  2: { bytes: 8, read: (bits) => bits.getFloat64(0, true), field: (fields) => fixed(fields, 6) },
  3: { bytes: 4, read: (bits) => bits.getInt32(0, true), field: (fields) => whole(fields, 7) },
  9: { bytes: 8, read: (bits) => Number(bits.getBigInt64(0, true)), field: (fields) => whole(fields, 10) },
  10: { bytes: 1, read: (bits) => bits.getUint8(0), field: (fields) => whole(fields, 11) },
};

// Proto3 leaves a zero out.
function fixed(fields: readonly WireField[], number: number): number {
  const [bits] = messages(fields, number);
  if (bits === undefined) return 0;
  return bits.length === 8 ? view(bits).getFloat64(0, true) : view(bits).getFloat32(0, true);
}

function whole(fields: readonly WireField[], number: number): number {
  const value = fields.find((field) => field.number === number)?.value ?? 0n;
  // A packed list: a message of varints without keys; one number is all there is.
  const varint = value instanceof Uint8Array ? packedVarint(value) : value;
  return Number(BigInt.asIntN(64, varint));
}

function packedVarint(packed: Uint8Array): bigint {
  const [first] = wireFields(Uint8Array.of(8, ...packed));
  return typeof first?.value === "bigint" ? first.value : 0n;
}

/** HParamsPluginData: session_start_info (3) has a map of names to google.protobuf.Value (1). */
function hparamsOf(content: Uint8Array): Record<string, string | number | boolean> {
  const entries = messages(wireFields(content), 3).flatMap((start) => messages(wireFields(start), 1));
  return Object.fromEntries(
    entries.map((entry) => {
      const fields = wireFields(entry);
      const [value = new Uint8Array()] = messages(fields, 2);
      return [textOf(fields, 1), hparamOf(wireFields(value))];
    }),
  );
}

function hparamOf(fields: readonly WireField[]): string | number | boolean {
  const field = fields.find(({ number }) => number >= 2 && number <= 4);
  if (field?.value instanceof Uint8Array)
    return field.number === 2 ? view(field.value).getFloat64(0, true) : Buffer.from(field.value).toString("utf8");
  return field?.value === 1n;
}

function messages(fields: readonly WireField[], number: number): readonly Uint8Array[] {
  return fields.flatMap((field) => (field.number === number && field.value instanceof Uint8Array ? [field.value] : []));
}

function numberOf(fields: readonly WireField[], number: number): bigint {
  const value = fields.find((field) => field.number === number)?.value ?? 0n;
  if (typeof value === "bigint") return value;
  throw new FormatError(`field ${number} of an event is no whole number`);
}

function textOf(fields: readonly WireField[], number: number): string {
  return Buffer.from(messages(fields, number)[0] ?? new Uint8Array()).toString("utf8");
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
