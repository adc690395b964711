/** The end of what a try has printed while it runs; NULL when it is over, where `log` has all of it. */
export const attemptTail = `
ALTER TABLE flow_attempt ADD COLUMN tail TEXT;
`;
