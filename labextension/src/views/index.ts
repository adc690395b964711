export { FlowPage } from "./flow-page.tsx";
export { LineageView } from "./graph.tsx";
export { LiveFlow } from "./live-flow.tsx";
export { ComparisonPage, RunPage } from "./pages.tsx";
export { PanelView } from "./panel.tsx";
export { Notice } from "./parts.tsx";
export { RunFacts } from "./run-facts.tsx";
export { RunsComparison } from "./runs-view.tsx";
export { type Drawn, type Surroundings, SurroundingsContext } from "./surroundings.ts";
