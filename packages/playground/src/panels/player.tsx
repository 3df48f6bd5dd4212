/** The time slider, with buttons to run, step and go back. */
import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

interface PlayerProps {
  readonly time: Signal<number>;
  readonly duration: number;
  /** Whether time runs. */
  readonly playing: Signal<boolean>;
}

const stepsPerSecond = 6;

export function Player({ time, duration, playing }: PlayerProps) {
  const now = Math.min(time.value, duration);
  useEffect(() => {
    if (!playing.value) return undefined;
    const timer = setInterval(() => {
      if (time.value >= duration) playing.value = false;
      else time.value++;
    }, 1000 / stepsPerSecond);
    return () => clearInterval(timer);
  }, [playing.value, duration, time, playing]);
  const toggle = () => {
    if (!playing.value && now >= duration) time.value = 0;
    playing.value = !playing.value;
  };
  const go = (to: number) => {
    playing.value = false;
    time.value = Math.min(duration, Math.max(0, to));
  };
  return (
    <fieldset class="player">
      <legend class="unseen">Time</legend>
      <button type="button" class="primary" onClick={toggle}>
        {playing.value ? "Pause" : "Run"}
      </button>
      <button type="button" onClick={() => go(now - 1)} disabled={now === 0} aria-label="Step back">
        ‹
      </button>
      <button type="button" onClick={() => go(now + 1)} disabled={now >= duration} aria-label="Step forward">
        ›
      </button>
      <button type="button" onClick={() => go(0)}>
        Reset
      </button>
      <input
        type="range"
        aria-label="Step"
        aria-valuetext={`step ${now} of ${duration}`}
        min={0}
        max={duration}
        value={now}
        onInput={({ currentTarget }) => go(Number(currentTarget.value))}
      />
      <output>
        {now} / {duration}
      </output>
    </fieldset>
  );
}
