/** What the main thread gives its guard. */
export interface GuardMemory {
  readonly mark: SharedArrayBuffer;
  readonly hold: SharedArrayBuffer;
}
