/** When a run or an experiment was deleted, in Unix ms: what is hard deleted later asks how long ago. */
export const deletedColumns = `
ALTER TABLE run ADD COLUMN deleted INTEGER;
ALTER TABLE experiment ADD COLUMN deleted INTEGER;
`;
