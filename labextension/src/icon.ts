import { LabIcon } from "@jupyterlab/ui-components";

// A stemma: one source above, its descendants below.
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
  <g class="jp-icon3" stroke="#616161" stroke-width="1.3" fill="none"><path d="M8 4.5V7.5M8 7.5H3.5V10.5M8 7.5H12.5V10.5M8 7.5V10.5"/></g>
  <g class="jp-icon3" fill="#616161"><circle cx="8" cy="3" r="2"/><circle cx="3.5" cy="12.2" r="1.8"/><circle cx="8" cy="12.2" r="1.8"/><circle cx="12.5" cy="12.2" r="1.8"/></g>
</svg>`;

/** The sign of Stemma. */
export const stemmaIcon: LabIcon = new LabIcon({ name: "stemma:stemma", svgstr: svg });
