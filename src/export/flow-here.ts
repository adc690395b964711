/** The name among the globals of the process that reads plans: what the cells get as `flow()` there. */
export const flowHere: string = "stemma.export.flow";
