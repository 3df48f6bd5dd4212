/** A program that does what the panel shows, to be copied. */
import { signal } from "@preact/signals";

const copied = signal("");

async function copy(code: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(code);
    copied.value = "Copied";
  } catch {
    copied.value = "Select it and copy";
  }
  setTimeout(() => {
    copied.value = "";
  }, 2500);
}

export function Code({ code }: { readonly code: string }) {
  return (
    <details class="code">
      <summary>The same in TypeScript</summary>
      <div class="tools">
        <button type="button" onClick={() => copy(code)}>
          Copy code
        </button>
        <span role="status">{copied.value}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable. */}
      <pre tabIndex={0}>{code}</pre>
    </details>
  );
}
