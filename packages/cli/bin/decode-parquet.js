/**
 * Decodes a Parquet file for the process that forked this one, which may end it at any time: on a damaged page hyparquet
 * can be busy without end, or fill the memory.
 *
 *   { path }                        → { names, groups }: the columns, and the rows of each row group
 *   { path, column, start, end }    → { cells }: of the column, as text, rows start to end
 *   anything that goes wrong        → { error, code }
 *
 * The first message says that it listens.
 */
import * as zlib from "node:zlib";
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";

/** A page claims its size; what unpacks to more is damaged. */
const bounded = (inflate) => (bytes, size) => inflate(bytes, { maxOutputLength: size });

const compressors = {
  GZIP: bounded(zlib.gunzipSync),
  BROTLI: bounded(zlib.brotliDecompressSync),
  // Node has it since 22.15.
  ...("zstdDecompressSync" in zlib && { ZSTD: bounded(zlib.zstdDecompressSync) }),
};

let opened;

async function open(path) {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  opened = { path, file, metadata };
  return {
    names: parquetSchema(metadata).children.map(({ element }) => element.name),
    groups: metadata.row_groups.map(({ num_rows }) => Number(num_rows)),
  };
}

async function read(column, start, end) {
  const { file, metadata } = opened;
  const cells = [];
  // Pages end where they like.
  const onChunk = ({ columnData, rowStart }) => {
    for (let i = Math.max(0, start - rowStart); i < columnData.length && rowStart + i < end; i++) {
      cells.push(textOf(columnData[i]));
    }
  };
  await parquetRead({ file, metadata, columns: [column], rowStart: start, rowEnd: end, compressors, onChunk });
  return { cells };
}

function textOf(cell) {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? "" : cell.toISOString();
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

process.on("message", async ({ path, column, start, end }) => {
  try {
    process.send(column === undefined ? await open(path) : await read(column, start, end));
  } catch ({ message, code }) {
    process.send({ error: String(message), code });
  }
});
process.send("listening");
