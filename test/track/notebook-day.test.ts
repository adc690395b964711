import { openRuns } from "../../src/track/index.ts";
import { notebookDay } from "../conformance/notebook-day.ts";

notebookDay("in the project", async () => ({ store: () => openRuns() }));
