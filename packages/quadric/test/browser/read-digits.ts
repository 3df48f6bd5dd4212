/** A file of the digits as the page fetches it; the server says that gzip is its encoding, so it arrives unpacked. */
export async function readDigits(file: string): Promise<Uint8Array> {
  const response = await fetch(new URL(`../../../cli/data/digits/${file}`, import.meta.url));
  return new Uint8Array(await response.arrayBuffer());
}
