/** The look of a report: light and dark, wide and narrow, on a screen and on paper. */
import { hoverStyle } from "../charts/hover.ts";
import { paletteStyle } from "../charts/palette.ts";

export const pageStyle = `${paletteStyle}
${hoverStyle}
* { box-sizing: border-box; }
body { margin: 0; background: var(--background); color: var(--text); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 40px 0 12px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 20px 0 8px; overflow-wrap: anywhere; }
p { margin: 0 0 12px; max-width: 76ch; overflow-wrap: anywhere; }
.note, figcaption { color: var(--faint); font-size: 0.85rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 28px 32px; align-items: start; }
figure { margin: 0; break-inside: avoid; min-width: 0; }
figure h3 { margin: 0 0 4px; }
.chart { display: block; width: 100%; height: auto; max-width: 640px; }
.narrow { display: none; }
.commands { margin: 0 0 12px; padding: 8px 12px; border: 1px solid var(--line); border-radius: 4px; font-size: 0.82rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.pixels { image-rendering: pixelated; width: 100%; max-width: 640px; height: auto; border: 1px solid var(--line); }
.scroll { overflow-x: auto; margin: 0 0 12px; }
table { border-collapse: collapse; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--faint); padding-bottom: 6px; }
th, td { text-align: right; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
th { font-weight: 600; }
thead th { color: var(--faint); }
tbody th, thead th:first-child { text-align: left; }
th { white-space: normal; max-width: 32ch; overflow-wrap: break-word; }
.words { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 14ch; max-width: 60ch; }
.interval, .median { color: var(--faint); font-size: 0.93em; }
details { margin: 0 0 12px; }
summary { cursor: pointer; font-weight: 600; margin-bottom: 8px; }
@media screen and (max-width: 560px) {
  main { padding: 16px 14px 32px; }
  .wide { display: none; }
  .narrow { display: block; }
  .cards, .cards tbody, .cards tr, .cards caption { display: block; }
  th, td { padding-right: 8px; }
  .plain th { overflow-wrap: anywhere; }
  .cards thead { display: none; }
  .cards tr { padding: 8px 0; border-bottom: 1px solid var(--line); }
  .cards tbody th { display: block; padding: 0 0 4px; border: 0; max-width: none; }
  .cards td { display: grid; grid-template-columns: 9em 1fr; gap: 8px; padding: 2px 0; border: 0; max-width: none; }
  .cards .words { text-align: right; }
  .cards td::before { content: attr(data-name); color: var(--faint); text-align: left; }
}
@media print {
  @page { margin: 14mm; }
  :root, body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .figures { grid-template-columns: 1fr 1fr; gap: 16px; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding: 3px 6px 3px 0; }
  details::details-content { content-visibility: visible; block-size: auto; }
  h2, h3, summary, .note { break-after: avoid; }
  summary { list-style: none; }
  tr { break-inside: avoid; }
}`;
