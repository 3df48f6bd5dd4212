/** The frame of a panel: controls next to the picture they change, and below it what more there is to see. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

const wide = matchMedia("(min-width: 861px)");
const isWide = signal(wide.matches);
wide.addEventListener("change", ({ matches }) => {
  isWide.value = matches;
});

interface WorkbenchProps {
  readonly controls: ComponentChildren;
  readonly picture: ComponentChildren;
  readonly figures?: ComponentChildren;
  /** What the controls are called when folded away; defaults to "Settings". */
  readonly settings?: string;
  /** Whether the picture is small enough to stay on a narrow screen while controls are used. */
  readonly isSmall?: boolean;
}

/** On a narrow screen the controls fold away below the picture, which may stay in view while they are used. */
export function Workbench({ controls, picture, figures, settings = "Settings", isSmall = false }: WorkbenchProps) {
  return (
    <div class="columns">
      <div class="bench">
        <div class={isSmall ? "picture small" : "picture"}>{picture}</div>
        {isWide.value ? (
          <Form>{controls}</Form>
        ) : (
          <details class="settings">
            <summary>{settings}</summary>
            <Form>{controls}</Form>
          </details>
        )}
      </div>
      {figures && <div class="figures">{figures}</div>}
    </div>
  );
}

function Form({ children }: { readonly children: ComponentChildren }) {
  return (
    <form class="controls" onSubmit={(event) => event.preventDefault()}>
      {children}
    </form>
  );
}
