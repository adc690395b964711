import { errorFacts } from "../../error.ts";
import type { Project } from "../../store/index.ts";
import type { Run } from "../../track/index.ts";
import { cardData, cardPage } from "../client/index.ts";
import { cardsOf } from "../keep/index.ts";

/** Cards of one step that its page has; its data has all. */
const pageLimit = 200;

/** Writes the cards of a run as its artifacts: for each step a page to read, and the data of it. */
export async function keepCards(project: Project, parent: Run): Promise<void> {
  const cards = cardsOf(project, parent.id);
  for (const [step, own] of Map.groupBy(cards, (card) => card.step)) {
    const title = own.length > pageLimit ? `${step}: ${pageLimit} of ${own.length} cards` : step;
    await parent.artifact(`cards/${step}.html`, cardPage(title, own.slice(0, pageLimit)));
    await parent.artifact(`cards/${step}.json`, cardData(own));
  }
}

/** The same of a run that failed: why it failed is told, whatever comes of its cards. */
export async function keepLastCards(project: Project, parent: Run, settled: () => Promise<void>): Promise<void> {
  try {
    await settled();
    await keepCards(project, parent);
  } catch (error) {
    console.warn(`The cards of run ${parent.id} could not be written: ${errorFacts(error).message}`);
  }
}
