/** What `quadric spectrum` found: densities at checkpoints, and how their figures change along the run. */
import { areaY } from "@observablehq/plot";
import type { Picture } from "../charts/chart.ts";
import { facetsPicture } from "../charts/facets-picture.ts";
import { linesPicture } from "../charts/lines-picture.ts";
import { html, type Markup } from "../charts/markup.ts";
import { strokeOf } from "../charts/palette.ts";
import { decade, logTicks } from "../charts/scale.ts";
import { digits } from "../format.ts";
import type { SpectrumFile, SpectrumPoint, SpectrumView } from "../spectrum.ts";

/** Checkpoints drawn, evenly chosen; the table has all. */
const most = 6;
const bins = 80;
/** Shares below this are not drawn. */
const least = 1e-6;

interface Look {
  readonly name: string;
  readonly slug: string;
  viewOf(point: SpectrumPoint): SpectrumView | null;
}

function looksOf({ norm, settings }: SpectrumFile): Look[] {
  const curvature = settings.curvature === "hessian" ? "Hessian" : "Gauss–Newton matrix";
  const plain: Look = { name: curvature, slug: "plain", viewOf: ({ plain }) => plain };
  if (norm === null) return [plain];
  return [
    plain,
    { name: `${curvature} in the norm ${norm}`, slug: "in-norm", viewOf: ({ preconditioned }) => preconditioned },
  ];
}

/** @param slug - sets the names of the pictures apart from those of other runs. */
export function spectrumPictures(file: SpectrumFile, slug: string): Picture[] {
  const looks = looksOf(file);
  const densities = looks.map((look) => densityPicture(file.points, look, slug));
  if (file.points.length < 2) return densities.filter((picture) => picture !== undefined);
  const along = (key: "spread" | "dominance" | "max", title: string, y: string) =>
    linesPicture({
      name: `${key}-${slug}`,
      title,
      x: "step",
      y,
      scale: "log",
      series: looks.map(({ name, viewOf }, i) => ({
        label: i === 0 ? "plain" : "in the norm",
        ...strokeOf(i),
        curve: flat(file.points.map((point) => ({ x: point.step, y: viewOf(point)?.[key] ?? Number.NaN }))),
        name,
      })),
    });
  return [
    ...densities,
    along("max", "Largest eigenvalue", "λ max"),
    along("spread", "Largest over mean magnitude", "max|λ| / mean|λ|"),
    along("dominance", "Diagonal dominance", "Σ|B_ii| / Σ|B_ij|"),
  ].filter((picture) => picture !== undefined);
}

function flat(points: readonly { readonly x: number; readonly y: number }[]) {
  const none = points.map(() => Number.NaN);
  return { x: points.map(({ x }) => x), y: points.map(({ y }) => y), low: none, high: none };
}

function densityPicture(points: readonly SpectrumPoint[], { name, slug: kind, viewOf }: Look, slug: string) {
  const chosen = spaced(points.filter((point) => (viewOf(point)?.nodes.length ?? 0) > 0));
  const rows = chosen.map((point) => {
    const view = viewOf(point)!;
    return { title: `${place(point)}: λ from ${shown(view.min)} to ${shown(view.max)}`, shares: sharesOf(view) };
  });
  return facetsPicture({
    name: `density-${kind}-${slug}`,
    title: `Spectral density: ${name}`,
    description: `Share of the eigenvalues in ${bins} bins on a logarithmic scale, each row in units of its largest magnitude. ${rows
      .map(({ title }) => title)
      .join("; ")}.`,
    x: { label: "λ / max|λ|", domain: [-1, 1] },
    y: {
      label: "share of eigenvalues",
      type: "log",
      domain: [least, 1],
      ticks: logTicks(least, 1),
      tickFormat: decade,
    },
    facets: rows.map(({ title, shares }) => ({
      name: title,
      marks: (row) => [
        areaY(
          shares.flatMap(({ from, to, share }) => [from, to].map((x) => ({ row, x, share: Math.max(share, least) }))),
          { fy: "row", x: "x", y1: least, y2: "share", fill: "var(--series-0)" },
        ),
      ],
    })),
  });
}

/** The shares of equal bins of [−1, 1], eigenvalues in units of the largest magnitude. */
function sharesOf({ nodes, weights }: SpectrumView): { from: number; to: number; share: number }[] {
  const unit = Math.max(Math.abs(nodes[0]), Math.abs(nodes[nodes.length - 1])) || 1;
  const edge = (bin: number) => (2 * bin) / bins - 1;
  const shares = Array.from({ length: bins }, (_, bin) => ({ from: edge(bin), to: edge(bin + 1), share: 0 }));
  nodes.forEach((node, i) => {
    shares[Math.min(bins - 1, Math.floor((bins * (node / unit + 1)) / 2))].share += weights[i];
  });
  return shares;
}

function spaced<T>(items: readonly T[]): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]);
}

const place = ({ step }: SpectrumPoint): string => (step === 0 ? "start" : `step ${step}`);
const shown = (x: number | null): string => (x === null ? "not finite" : digits(x, 3));

export function spectrumTable(file: SpectrumFile): Markup {
  const looks = looksOf(file);
  const { examples, probes, products, columns } = file.settings;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of spectra">
<table><caption>On ${examples} training examples; densities from ${probes} × ${products} products, dominance from at most ${columns} columns.</caption>
<thead><tr><th scope="col">at</th><th scope="col">loss</th><th scope="col" class="words">of</th>${["λ min", "λ max", "condition", "max|λ| / mean|λ|", "diagonal dominance"].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${file.points.flatMap((point) =>
    looks.flatMap(({ name, viewOf }) => {
      const view = viewOf(point);
      if (!view) return [];
      const { min, max, condition, spread, dominance } = view;
      return [
        html`<tr><th scope="row">${place(point)}</th><td>${shown(point.loss)}</td><td class="words">${name}</td><td>${shown(min)}</td><td>${shown(max)}</td><td>${condition === null ? "not definite" : shown(condition)}</td><td>${shown(spread)}</td><td>${shown(dominance)}</td></tr>`,
      ];
    }),
  )}</tbody></table></div>`;
}
