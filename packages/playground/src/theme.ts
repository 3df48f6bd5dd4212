/** Light or dark: what the system says, until the reader says otherwise. */
import { effect, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const system = matchMedia("(prefers-color-scheme: dark)");

export const theme = signal<Theme>(system.matches ? "dark" : "light");

export function startTheme(): void {
  system.addEventListener("change", ({ matches }) => {
    theme.value = matches ? "dark" : "light";
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
