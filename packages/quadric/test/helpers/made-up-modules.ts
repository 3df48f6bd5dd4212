/**
 * Modules of tests that are no files. The name of one holds its source, so that the server that compiles it needs to be
 * told nothing else; what it imports is what the test has loaded.
 */
const mark = "?source=";

/** What `import()` takes for a module with this source that would lie at `path`. */
export const moduleOf = (path: string, source: string): string => `${path}${mark}${encodeURIComponent(source)}`;

/** The source of such a module; undefined for any other. */
export function sourceOf(name: string): string | undefined {
  const at = name.indexOf(mark);
  return at < 0 ? undefined : decodeURIComponent(name.slice(at + mark.length));
}
