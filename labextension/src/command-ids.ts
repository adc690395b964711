/** Ids of the commands that the extension adds. */
export const CommandIDs = {
  openPanel: "stemma:open-panel",
  openRun: "stemma:open-run",
  openFlow: "stemma:open-flow",
  compareRuns: "stemma:compare-runs",
  refresh: "stemma:refresh",
} as const;

/** Id of the side panel's widget. */
export const panelId = "jp-stemma-panel";
