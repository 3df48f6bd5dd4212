/** Guided steps of a panel. Each is a link that sets the panel up, so that it can be shared like any other. */
import type { PanelState } from "../share.ts";

export interface Lesson {
  readonly title: string;
  /** What to look at. */
  readonly text: string;
  /** As `query` of the panel's state prints it. */
  readonly query: string;
}

interface GuideProps {
  readonly lessons: readonly Lesson[];
  readonly state: Pick<PanelState<object>, "load" | "query">;
  /** Fields of the state that no lesson is about, such as time. */
  readonly ignored?: readonly string[];
  /** After a lesson was chosen. */
  chosen?(): void;
}

export function Guide({ lessons, state, ignored = [], chosen }: GuideProps) {
  const query = state.query();
  for (const name of ignored) query.delete(name);
  const now = query.toString().replaceAll("%2C", ",");
  const current = lessons.find((lesson) => lesson.query === now);
  return (
    <div class="guide">
      <div class="lessons">
        {lessons.map((lesson, i) => (
          <button
            key={lesson.title}
            type="button"
            aria-pressed={lesson === current}
            onClick={() => {
              state.load(new URLSearchParams(lesson.query));
              chosen?.();
            }}
          >
            {i + 1}. {lesson.title}
          </button>
        ))}
      </div>
      <p>{current?.text ?? "Your own settings. The steps above lead back."}</p>
    </div>
  );
}
