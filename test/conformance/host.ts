/**
 * What every host must do, whatever the place; runs inside of it (a cell, a script) and gives the sentences that are not
 * true. Loaded with require() there, so it imports nothing.
 */
import type { Host } from "../../src/host/index.ts";

export interface HostExpectations {
  readonly kind: Host["kind"];
  /** What `STEMMA_NOTEBOOK` names. */
  readonly notebook: string;
}

/** What one piece of code leaves for a later one of the same process: the next cell, or what follows in a script. */
export interface Begun {
  flushes: number;
  readonly off: () => void;
  readonly stop: AbortSignal;
}

/** Listens for flushes; {@link checkFlushed} looks for them in a later cell. */
export function begin(host: Host): Begun {
  const begun = { flushes: 0, off: () => {}, stop: host.stopSignal() };
  begun.off = host.onFlush(() => {
    begun.flushes += 1;
  });
  return begun;
}

export function checkFlushed(begun: Begun): string[] {
  begun.off();
  return begun.flushes > 0 ? [] : ["what listens for flushes is called when a cell has ended, or soon"];
}

/** Says "waiting" and goes on until the stop button is pressed, then fails with the reason that the signal gives. */
export async function waitForStop(host: Host): Promise<never> {
  const signal = host.stopSignal();
  // Stock tslab hears the stop button once the synchronous part of a cell is over.
  await new Promise((resolve) => setTimeout(resolve, 20));
  console.log("waiting");
  return new Promise((_, reject) => {
    // Nothing else holds a plain process.
    const alive = setInterval(() => {}, 1000);
    signal.addEventListener("abort", () => {
      clearInterval(alive);
      reject(signal.reason);
    });
  });
}

/** After {@link waitForStop}, in a new cell: the next stop is heard too. */
export function checkAfterStop(host: Host): string[] {
  return host.stopSignal().aborted ? ["a cell after a stop has a fresh signal"] : [];
}

export async function checkHost(host: Host, expected: HostExpectations): Promise<string[]> {
  const failed: string[] = [];
  const check = (isTrue: boolean, sentence: string): void => {
    if (!isTrue) failed.push(sentence);
  };
  check(host.kind === expected.kind, `the host is ${expected.kind}, not ${host.kind}`);
  check(host.notebook() === expected.notebook, `the notebook is ${expected.notebook}, not ${host.notebook()}`);
  checkCell(host, check);
  checkStop(host, check);
  checkFlush(host, check);
  checkDisplay(host, check);
  const before = host.cell();
  await new Promise((resolve) => setTimeout(resolve, 5));
  check(JSON.stringify(host.cell()) === JSON.stringify(before), "the cell is the same after an await");
  return failed;
}

type Check = (isTrue: boolean, sentence: string) => void;

function checkCell(host: Host, check: Check): void {
  const id = host.kernelId();
  check(id === null || /^[0-9a-f-]{36}$/.test(id), `the kernel id is a UUID or null, not ${id}`);
  const session = host.session();
  check(session === null || session.length > 0, "the session is a text or null");
  const cell = host.cell();
  check(cell === null || cell.count === null || cell.count > 0, "a cell's count is 1 or more");
  check(Array.isArray(host.cellSources()), "the sources are a list");
  check(
    !host.keepsSources || host.cellSources().some(({ source }) => source.includes("checkHost")),
    "a host that keeps sources has the running cell's",
  );
}

function checkStop(host: Host, check: Check): void {
  const signal = host.stopSignal();
  check(!signal.aborted, "the stop signal of a fresh cell is not aborted");
  check(host.stopSignal() === signal, "one cell has one stop signal");
}

function checkFlush(host: Host, check: Check): void {
  const off = host.onFlush(() => {});
  check(typeof off === "function", "onFlush gives back what takes the listener away");
  off();
}

function checkDisplay(host: Host, check: Check): void {
  const one = host.show({ "text/plain": "shown once" });
  const two = host.show({ "text/plain": "shown twice", "application/json": { value: 1 } });
  check(one.id !== two.id && one.id !== "", "each display has an id of its own");
  two.update({ "text/plain": "shown anew" });
}
