// Where the numbers of a model lie: tensors by name, each as one or several pieces of files. Nothing is read before it
// is needed, and what is float32 need never be: the engine is pointed at the file.

import { CorruptFile } from "../errors/index.ts";
import { bytesOf, readUpTo, type StoredType, withOpenFile } from "../files/index.ts";
import type { Shape } from "../tensor/index.ts";
import { weightTypes, widened } from "./widened.ts";

/** A run of numbers in a file, row-major and little-endian. */
export interface FilePiece {
  readonly path: string;
  readonly dtype: StoredType;
  /** First byte, counted from the beginning of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Numbers that are in memory already. */
export interface MemoryPiece {
  readonly values: Float32Array;
}

export type Piece = FilePiece | MemoryPiece;

/** A tensor: its pieces follow one another along the first axis (query, key and value are one parameter here). */
export interface LocatedTensor {
  readonly shape: Shape;
  readonly pieces: readonly Piece[];
}

/**
 * Numbers `from` to before `from + count` of a tensor as one piece of a file; undefined where they are not float32 or
 * not in one piece.
 */
export function placeOf({ pieces }: LocatedTensor, from: number, count: number): FilePiece | undefined {
  let start = 0;
  for (const piece of pieces) {
    const size = countOf(piece);
    if (from >= start && from + count <= start + size) {
      if ("values" in piece || piece.dtype !== "F32") return undefined;
      return { ...piece, offset: piece.offset + 4 * (from - start), byteLength: 4 * count };
    }
    start += size;
  }
  return undefined;
}

/**
 * Reads a whole tensor, half precision widened.
 *
 * @throws CorruptFile where a file became shorter, or holds numbers of a kind that weights don't have
 */
export async function readLocated({ pieces }: LocatedTensor): Promise<Float32Array> {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + countOf(piece), 0));
  let at = 0;
  for (const piece of pieces) {
    const values = "values" in piece ? piece.values : await readPiece(piece);
    whole.set(values, at);
    at += values.length;
  }
  return whole;
}

function countOf(piece: Piece): number {
  if ("values" in piece) return piece.values.length;
  return piece.byteLength / bytesOf[piece.dtype];
}

async function readPiece(piece: FilePiece): Promise<Float32Array> {
  const bytes = new Uint8Array(piece.byteLength);
  const read = await withOpenFile(piece.path, (file) => readUpTo(file, bytes, piece.offset));
  if (read < bytes.byteLength) throw shorter(piece);
  const values = widened(piece.dtype, bytes.buffer);
  if (values === undefined) throw unusable(piece);
  return values;
}

function shorter({ path }: FilePiece): CorruptFile {
  return new CorruptFile({
    where: path,
    expected: "a file as long as its header said",
    received: "one that ends before",
    remedy: "make or download it again, and don't change it while it is in use",
  });
}

function unusable({ path, dtype }: FilePiece): CorruptFile {
  return new CorruptFile({
    where: path,
    expected: `weights of type ${weightTypes.join(", ")}`,
    received: dtype,
    remedy: "export the model again in one of these types",
  });
}
