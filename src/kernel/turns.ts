import { AsyncLocalStorage } from "node:async_hooks";
import timers from "node:timers";
import { MessageChannel } from "node:worker_threads";

const { port1: sender, port2: receiver } = new MessageChannel();
const waiting: (() => void)[] = [];
let isOpen = false;

/**
 * Runs code in a turn of its own, those asked for earlier first.
 *
 * What force ends in there ends alone. An immediate would not: Node keeps the list of all in variables of the function that
 * calls them one after the other, and would lose the others or stumble over the one that was ended.
 */
export function inTurn(code: () => void): void {
  if (!isOpen) {
    receiver.on("message", next);
    isOpen = true;
  }
  const run = AsyncLocalStorage.snapshot();
  waiting.push(() => run(whole, code));
  receiver.ref();
  sender.postMessage(null);
}

/** An error is told where it belongs: the port would throw it later, as nobody's. */
function whole(code: () => void): void {
  try {
    code();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function next(): void {
  const code = waiting.shift();
  if (waiting.length === 0) receiver.unref();
  code?.();
}

/** Gives the immediates of cells turns of their own. */
export function separateImmediates(): void {
  const { setImmediate: real } = timers;
  const separate = <A extends readonly unknown[]>(callback: (...values: A) => void, ...values: A): NodeJS.Immediate => {
    if (typeof callback !== "function") return real(callback);
    return real(() => inTurn(() => callback(...values)));
  };
  // Has the form that `promisify()` gives.
  Object.defineProperties(separate, Object.getOwnPropertyDescriptors(real));
  Object.assign(timers, { setImmediate: separate });
  Object.assign(globalThis, { setImmediate: separate });
}
