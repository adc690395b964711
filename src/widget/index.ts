export { type Widget, type WidgetOptions, widget } from "./widget.ts";
export { widgetBundle } from "./widget-bundle.ts";
