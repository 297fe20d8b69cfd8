// Finished vectors as files: .npy for NumPy, .jsonl for everything, .parquet for tables. Each is made of the rows of a
// journal and appears whole, by one rename.

import { type FileHandle, open, rename } from "node:fs/promises";
import { extname } from "node:path";
import type { SchemaElement } from "hyparquet-writer";
import { loadOptional, UserError } from "../errors/index.ts";
import { diskFault, npyHeader, npyHeaderBytes, readUpTo, replaceFileBy, writeWhole } from "../files/index.ts";

/** Rows that are finished: float32 after a room of npyHeaderBytes in a file. */
export interface FinishedRows {
  readonly rowsPath: string;
  readonly paths: readonly string[];
  /** Shape of a row: [width], or [tokens, width]. */
  readonly rowShape: readonly number[];
}

export type VectorFormat = "npy" | "jsonl" | "parquet";

/** The format that an output's name asks for. Throws UserError for another ending, or rows that it cannot hold. */
export function formatOf(output: string, rowShape: readonly number[]): VectorFormat {
  const ending = extname(output).slice(1).toLowerCase();
  if (ending !== "npy" && ending !== "jsonl" && ending !== "parquet") {
    throw refused("a name that ends in .npy, .jsonl or .parquet", output, "give such a name, like vectors.npy");
  }
  if (rowShape.length > 1 && ending !== "npy") {
    throw refused("a name that ends in .npy for vectors of every patch", output, "use .npy, or leave out --tokens");
  }
  return ending;
}

/** Writes the output; of .npy the rows' file itself becomes it. */
export async function writeVectors(output: string, format: VectorFormat, rows: FinishedRows): Promise<void> {
  if (format === "npy") return renameNpy(output, rows);
  if (format === "jsonl") return writeJsonl(output, rows);
  return writeParquet(output, rows);
}

async function renameNpy(output: string, { rowsPath, paths, rowShape }: FinishedRows): Promise<void> {
  try {
    const file = await open(rowsPath, "r+");
    try {
      await file.write(npyHeader([paths.length, ...rowShape]), 0, npyHeaderBytes, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(rowsPath, output);
  } catch (error) {
    throw diskFault(output, error);
  }
}

async function writeJsonl(output: string, rows: FinishedRows): Promise<void> {
  await replaceFileBy(output, async (file) => {
    for await (const { first, values } of blocks(rows)) {
      const [width] = rows.rowShape;
      const lines = rows.paths.slice(first, first + values.length / width).map((path, i) => {
        const vector = Array.from(values.subarray(i * width, (i + 1) * width));
        return `${JSON.stringify({ path, vector })}\n`;
      });
      await writeWhole(file, Buffer.from(lines.join("")));
    }
  });
}

/** A column `path` of strings and a column `vector` of lists of floats. */
function parquetSchema(): SchemaElement[] {
  return [
    { name: "root", num_children: 2 },
    { name: "path", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
    { name: "vector", num_children: 1, converted_type: "LIST", repetition_type: "REQUIRED" },
    { name: "list", num_children: 1, repetition_type: "REPEATED" },
    { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
  ];
}

async function writeParquet(output: string, rows: FinishedRows): Promise<void> {
  const { ByteWriter, ParquetWriter } = await loadParquet();
  const [width] = rows.rowShape;
  await replaceFileBy(output, async (file) => {
    const bytes = new ByteWriter();
    const parquet = new ParquetWriter({ writer: bytes, schema: parquetSchema(), statistics: false });
    const drain = async () => {
      await writeWhole(file, new Uint8Array(bytes.buffer, 0, bytes.index));
      bytes.index = 0;
    };
    for await (const { first, values } of blocks(rows)) {
      const count = values.length / width;
      const vectors = Array.from({ length: count }, (_, i) => Array.from(values.subarray(i * width, (i + 1) * width)));
      const columnData = [
        { name: "path", data: rows.paths.slice(first, first + count) },
        { name: "vector", data: vectors },
      ];
      await parquet.write({ columnData, rowGroupSize: count });
      await drain();
    }
    parquet.finish();
    await drain();
  });
}

/** Loaded when a table is written, since nothing else needs it. */
function loadParquet(): Promise<typeof import("hyparquet-writer")> {
  return loadOptional(() => import("hyparquet-writer"), {
    where: ".parquet",
    expected: "the package hyparquet-writer",
    remedy: "install it with: npm install hyparquet-writer, or write .npy or .jsonl",
  });
}

/** Numbers of a block that is in memory at once. */
const blockNumbers = 4_000_000;

/** The rows, some at a time. */
async function* blocks({
  rowsPath,
  paths,
  rowShape,
}: FinishedRows): AsyncGenerator<{ first: number; values: Float32Array }> {
  const each = rowShape.reduce((product, size) => product * size, 1);
  const rowsAtOnce = Math.max(1, Math.floor(blockNumbers / each));
  const file = await open(rowsPath, "r");
  try {
    for (let first = 0; first < paths.length; first += rowsAtOnce) {
      const values = new Float32Array(Math.min(rowsAtOnce, paths.length - first) * each);
      await readRows(file, values, npyHeaderBytes + 4 * first * each);
      yield { first, values };
    }
  } finally {
    await file.close();
  }
}

async function readRows(file: FileHandle, into: Float32Array, offset: number): Promise<void> {
  if ((await readUpTo(file, new Uint8Array(into.buffer), offset)) < into.byteLength) {
    throw new Error("internal: the rows became shorter while they were read");
  }
}

function refused(expected: string, received: string, remedy: string): UserError {
  return new UserError({ where: "--out", expected, received, remedy });
}
