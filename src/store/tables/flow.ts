/** The journal of flows. */
export const flowTables = "";
