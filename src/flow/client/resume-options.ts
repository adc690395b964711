/** How a run is gone on with. */
export interface ResumeOptions {
  /** A step, or a sub-flow with all of its steps, that runs again although its result is kept, with all that is below it. */
  readonly from?: string;
}
