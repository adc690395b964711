export { FlowStanding } from "./flow-view.tsx";
export { LineageView } from "./graph.tsx";
export { ComparisonPage, RunPage } from "./pages.tsx";
export { PanelView } from "./panel.tsx";
export { Notice } from "./parts.tsx";
export { RunsComparison } from "./runs-view.tsx";
export { type Surroundings, SurroundingsContext } from "./surroundings.ts";
