/** The page: its panels as tabs, the link that restores them, and the theme. */
import { effect, signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { ask } from "./client.ts";
import { Curvature, curvatureState } from "./panels/curvature.tsx";
import { Curve, curveState } from "./panels/curve.tsx";
import { Equation, equationState } from "./panels/equation.tsx";
import { Landscapes } from "./panels/landscapes.tsx";
import { landscapesState } from "./panels/landscapes-state.ts";
import { Table, tableState } from "./panels/table.tsx";
import { Train, trainState } from "./panels/train.tsx";
import { theme } from "./theme.ts";

interface Panel {
  readonly label: string;
  readonly state: { load(query: URLSearchParams): void; query(): URLSearchParams };
  readonly View: ComponentType;
}

const panels = {
  equation: { label: "Equation", state: equationState, View: Equation },
  landscapes: { label: "Trust regions", state: landscapesState, View: Landscapes },
  train: { label: "Training", state: trainState, View: Train },
  curvature: { label: "Curvature", state: curvatureState, View: Curvature },
  fit: { label: "Fit a curve", state: curveState, View: Curve },
  data: { label: "Your data", state: tableState, View: Table },
} as const satisfies Record<string, Panel>;

type PanelName = keyof typeof panels;
const panelNames = Object.keys(panels) as readonly PanelName[];

const shown = signal<PanelName>("equation");

/** Takes what the address says: `#panel?name=value&…`; anything else shows the first panel as it starts. */
function readAddress(): void {
  const [name, query = ""] = location.hash.slice(1).split("?", 2);
  shown.value = panelNames.find((known) => known === name) ?? "equation";
  panels[shown.value].state.load(new URLSearchParams(query));
}

/** The page's own address with everything that the panel shows. */
function link(): string {
  const query = panels[shown.value].state.query().toString().replaceAll("%2C", ",");
  return `#${shown.value}${query ? `?${query}` : ""}`;
}

export function startApp(): void {
  readAddress();
  addEventListener("hashchange", readAddress);
  // The address follows at rest: browsers refuse to have it changed with every notch of a slider.
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const address = link();
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (location.hash !== address) history.replaceState(null, "", address);
    }, 300);
  });
  // What loads on demand is fetched when the first pictures stand, so that the page needs no network from then on.
  void ask("preload", undefined).then(
    () => {
      document.documentElement.dataset.loaded = "all";
    },
    () => {}, // who needs it asks again and gets the error
  );
}

export function App() {
  const { View } = panels[shown.value];
  return (
    <>
      <header>
        <a class="name" href="#equation">
          <Logo /> quadric <span>playground</span>
        </a>
        <div class="tabs" role="tablist" aria-label="Panels" onKeyDown={moveTab}>
          {panelNames.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={name === shown.value}
              aria-controls="panel"
              tabIndex={name === shown.value ? 0 : -1}
              ref={name === shown.value ? bringIntoView : undefined}
              onClick={() => {
                shown.value = name;
              }}
            >
              {panels[name].label}
            </button>
          ))}
        </div>
        <div class="tools">
          <Share />
          <button
            type="button"
            onClick={() => {
              theme.value = theme.value === "dark" ? "light" : "dark";
            }}
          >
            {theme.value === "dark" ? "Light" : "Dark"}
          </button>
        </div>
      </header>
      <main>
        <div id="panel" role="tabpanel" aria-labelledby={`tab-${shown.value}`}>
          <h1 class="unseen">{panels[shown.value].label}</h1>
          <View />
        </div>
      </main>
      <footer>
        Every step on this page is taken by the library itself, in a worker of your browser. Nothing you enter leaves
        your machine.
      </footer>
    </>
  );
}

/** Where the tabs are wider than the screen. */
function bringIntoView(tab: HTMLElement | null): void {
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function moveTab(event: KeyboardEvent): void {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  const next = (panelNames.indexOf(shown.value) + by + panelNames.length) % panelNames.length;
  shown.value = panelNames[next];
  document.getElementById(`tab-${shown.value}`)?.focus();
}

const copied = signal("");

function Share() {
  const copy = async () => {
    history.replaceState(null, "", link());
    try {
      await navigator.clipboard.writeText(location.href);
      copied.value = "Link copied";
    } catch {
      copied.value = "The link is in the address bar";
    }
    setTimeout(() => {
      copied.value = "";
    }, 2500);
  };
  return (
    <>
      <span role="status">{copied.value}</span>
      <button type="button" onClick={copy}>
        Copy link
      </button>
    </>
  );
}

function Logo() {
  return (
    <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
      <g class="logo" transform="rotate(-24 16 16)">
        <ellipse cx="16" cy="16" rx="14" ry="7" />
        <ellipse cx="16" cy="16" rx="7" ry="3" />
      </g>
    </svg>
  );
}
