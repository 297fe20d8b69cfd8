// PyTorch's checkpoints (`.pt`, `.pth`, `.pth.tar`), as torch.save writes them since version 1.6: a zip without
// compression that holds under one folder a pickle `data.pkl`, a file `data/<key>` for each storage of numbers, and
// `byteorder`. The pickle is read as data (pickle.ts), the numbers where they lie. No code of the file runs, nothing is
// written, and no Python is needed.

import { crc32 } from "node:zlib";
import { UserError } from "../errors/index.ts";
import { type StoredTensor, storedTensor } from "../files/index.ts";
import { damaged } from "./checkpoint-faults.ts";
import { longestPickle, unpickle } from "./pickle.ts";
import { type RangedFile, withRangedFile } from "./ranged-file.ts";
import { torchMeaning } from "./torch-names.ts";
import { numberBytes } from "./torch-storages.ts";
import type { TorchTensor, TorchValue } from "./torch-value.ts";
import { isRowMajor, rowMajorBytes, spanOf } from "./torch-view.ts";
import { type ZipEntry, zipEntries } from "./zip-entries.ts";

/** A checkpoint that was read: its value, with tensors as places in the file. */
export interface TorchFile {
  readonly value: TorchValue;
}

/**
 * Reads what a checkpoint holds, without the numbers of its tensors.
 *
 * @throws CorruptFile where the file is damaged, hostile, big-endian or older than PyTorch 1.6; UserError where it
 *   cannot be read
 */
export async function readTorchFile(path: string): Promise<TorchFile> {
  return withRangedFile(path, torchFileIn);
}

/** As `readTorchFile`, from a file that is open. */
export async function torchFileIn(file: RangedFile): Promise<TorchFile> {
  await checkKind(file);
  const entries = await zipEntries(file);
  const { folder, pickle } = root(file.path, entries);
  await checkByteOrder(file, entries.get(`${folder}byteorder`));
  const where = `${file.path}, data.pkl`;
  const meaning = torchMeaning(where, (key) => entries.get(`${folder}data/${key}`));
  const { bytes, intact } = await smallEntry(file, pickle, longestPickle);
  const value = unpickle(bytes, where, meaning);
  // Only now, so that what is wrong with a file is told by what it says, where it still says something.
  if (!intact) throw damaged(where, "the bytes that were written, by their checksum", "others");
  return { value };
}

/**
 * Reads the numbers of one tensor, row-major, in a buffer of its own.
 *
 * @param path the file that `readTorchFile` gave the tensor for
 * @throws UserError where the type is one that is not read (int8, int16) or the view repeats its numbers beyond the
 *   file's size; CorruptFile where the file has become shorter
 */
export async function readTorchTensor(path: string, tensor: TorchTensor): Promise<StoredTensor> {
  return withRangedFile(path, (file) => torchTensorIn(file, tensor));
}

/** As `readTorchTensor`, from a file that is open. */
export async function torchTensorIn(file: RangedFile, tensor: TorchTensor): Promise<StoredTensor> {
  checkRepetition(file, tensor);
  const width = numberBytes[tensor.dtype];
  const span = await file.read(tensor.offset, spanOf(tensor) * width);
  const bytes = isRowMajor(tensor) ? span : rowMajorBytes(span, width, tensor);
  return stored(file.path, tensor, bytes.buffer);
}

/**
 * Views may repeat numbers (stride 0), so a small file could ask for any memory: up to this many bytes, or its own
 * size.
 */
const repeatedBytes = 2 ** 26;

function checkRepetition(file: RangedFile, { byteLength }: TorchTensor): void {
  const most = Math.max(file.byteLength, repeatedBytes);
  if (byteLength <= most) return;
  const remedy = "the tensor repeats few numbers many times: save it before it is expanded";
  throw new UserError({
    where: file.path,
    expected: `a tensor of at most ${most} bytes`,
    received: byteLength,
    remedy,
  });
}

function stored(path: string, { dtype, shape }: TorchTensor, buffer: ArrayBuffer): StoredTensor {
  if (dtype !== "I16" && dtype !== "I8") return storedTensor(dtype, shape, buffer);
  const remedy = "save the tensor as int32: tensor.to(torch.int32)";
  throw new UserError({ where: path, expected: "a tensor of a type that is read", received: dtype, remedy });
}

/** Tells older and other files by their first bytes, so that the message can say what to do. */
async function checkKind(file: RangedFile): Promise<void> {
  const head = await file.read(0, Math.min(file.byteLength, 262));
  const text = String.fromCharCode(...head);
  if (text.startsWith("PK")) return;
  const expected = "a PyTorch checkpoint in a zip";
  if (text.startsWith("\x80") || text.endsWith("ustar")) {
    const remedy =
      "load and save it once with a current PyTorch: torch.save(torch.load(path, weights_only=True), path)";
    throw damaged(file.path, expected, "one of the form before PyTorch 1.6", remedy);
  }
  throw damaged(file.path, expected, file.byteLength === 0 ? "an empty file" : "a file of another kind");
}

/**
 * The folder in the zip that holds all, with its slash, and the pickle in it; torch.save names it after the file, or
 * `archive`.
 */
function root(path: string, entries: ReadonlyMap<string, ZipEntry>): { folder: string; pickle: ZipEntry } {
  const [pickle, other] = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined) throw damaged(path, "a zip with data.pkl in its one folder", "one without it");
  if (other !== undefined) throw damaged(path, "one data.pkl in the zip", `${pickle.name} and ${other.name}`);
  return { folder: pickle.name.slice(0, -"data.pkl".length), pickle };
}

async function checkByteOrder(file: RangedFile, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined) return; // versions before 2.1 wrote none, and little-endian
  const { bytes } = await smallEntry(file, entry, 16);
  const order = String.fromCharCode(...bytes);
  if (order === "little") return;
  const remedy = "load and save it once on a little-endian machine (any x86 or ARM) with PyTorch";
  throw damaged(file.path, "byteorder little", order, remedy);
}

async function smallEntry(file: RangedFile, entry: ZipEntry, longest: number) {
  const { name, offset, byteLength } = entry;
  if (byteLength > longest) throw damaged(file.path, `at most ${longest} bytes in ${name}`, byteLength);
  const bytes = await file.read(offset, byteLength);
  return { bytes, intact: entry.crc32 === 0 || crc32(bytes) === entry.crc32 };
}
