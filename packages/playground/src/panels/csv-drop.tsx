/** Where a CSV file is dropped or chosen. */
import { useSignal } from "@preact/signals";

export function CsvDrop({ take }: { readonly take: (file: File | undefined) => Promise<void> }) {
  const isOver = useSignal(false);
  return (
    <label
      class={isOver.value ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => {
        isOver.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        isOver.value = false;
        void take(event.dataTransfer?.files[0]);
      }}
    >
      <span>
        Drop a CSV file here, or <u>choose one</u>
      </span>
      <input
        class="unseen"
        type="file"
        accept=".csv,text/csv"
        onChange={({ currentTarget }) => {
          void take(currentTarget.files?.[0]);
          currentTarget.value = "";
        }}
      />
    </label>
  );
}
