// Fetching one blob: what a broken download left is kept and gone on with (Range), and the whole appears under its name
// only after its checksum was found right, read back from the disk. The checksum names the blob, so a part always
// belongs to it.

import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { CorruptFile, Interrupted, UserError } from "../errors/index.ts";
import { diskFault } from "../files/index.ts";
import { discard, sizeOf } from "./hub-cache.ts";
import { LinkFailure } from "./hub-faults.ts";
import type { RemoteFile } from "./hub-info.ts";
import { claimPart, leavePart, sweepParts } from "./hub-part.ts";
import { exchange, type HubLink, persistently } from "./hub-requests.ts";

/** A blob to fetch: from where, and to where. */
export interface BlobRequest {
  readonly link: HubLink;
  readonly address: string;
  readonly file: RemoteFile;
  /** Path of the blob, in a folder that exists. */
  readonly blob: string;
  /** Folder of the locks of Python's client. */
  readonly locks: string;
  /** Told the number of bytes that are there, again and again. */
  readonly onBytes: (done: number) => void;
}

/**
 * Fetches a blob, going on with a part that is there.
 *
 * @throws LinkFailure where network or server failed to the end, UserError where the hub refuses or the disk fails,
 *   Interrupted where the signal asks (the part is kept each time); CorruptFile where other bytes come than the hub
 *   announced
 */
export async function fetchBlob(request: BlobRequest): Promise<void> {
  const { blob, locks } = request;
  const part = await claimPart(blob, locks);
  try {
    await complete(part, request);
    await onDisk(part, () => rename(part, blob));
  } catch (error) {
    await leavePart(part, blob).catch(() => undefined); // what went wrong before is what counts
    throw error;
  }
  await sweepParts(blob, locks);
}

/** Fills a part and checks it; one that began with bytes of unknown origin and turns out wrong is made anew once. */
async function complete(part: string, request: BlobRequest): Promise<void> {
  const { file } = request;
  const found = (await sizeOf(part)) ?? 0;
  await fill(part, request);
  if ((await checksum(part, request)) === file.etag) return;
  await discard(part);
  if (found === 0) throw damaged(request, `${file.size} other bytes`);
  await complete(part, request);
}

/** Bytes that make a round of attempts worth another one. */
const worthwhile = 2 ** 20;

async function fill(part: string, request: BlobRequest): Promise<void> {
  const { link, address, file } = request;
  const output = await onDisk(part, () => open(part, constants.O_RDWR | constants.O_CREAT));
  try {
    const sink: Sink = { part, output, done: (await output.stat()).size };
    while (sink.done < file.size) {
      const before = sink.done;
      const attempt = () =>
        exchange(link, address, rangeFrom(sink.done), (...answer) => pour(sink, request, ...answer));
      await persistently(link, attempt).catch((error: unknown) => {
        if (!(error instanceof LinkFailure) || sink.done - before < worthwhile) throw error;
      });
    }
    await onDisk(part, () => output.sync());
  } finally {
    await output.close();
  }
}

interface Sink {
  readonly part: string;
  readonly output: FileHandle;
  /** Bytes from the beginning that are there. */
  done: number;
}

function rangeFrom(done: number): { headers: Record<string, string> } {
  return { headers: done === 0 ? {} : { range: `bytes=${done}-` } };
}

/** Writes an answer's bytes where they belong, never more than the file has. */
async function pour(sink: Sink, request: BlobRequest, answer: Response, heard: () => void): Promise<void> {
  const { size } = request.file;
  sink.done = beginning(answer, sink.done, request);
  for await (const bytes of answer.body ?? []) {
    if (bytes.byteLength > size - sink.done) throw damaged(request, "more bytes");
    await write(sink, bytes);
    heard();
    request.onBytes(sink.done);
  }
  if (sink.done < size) throw new LinkFailure(`the connection ended after ${sink.done} of ${size} bytes`);
}

/** The place in the file that an answer begins at: 0 for the whole, which a server may give that knows no ranges. */
function beginning(answer: Response, asked: number, request: BlobRequest): number {
  const { size } = request.file;
  if (answer.status === 206) {
    const range = answer.headers.get("content-range") ?? "no range";
    const [, first, whole] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (Number(first) === asked && (whole === "*" || Number(whole) === size)) return asked;
    throw damaged(request, range);
  }
  const length = answer.headers.get("content-length");
  if (answer.headers.has("content-encoding") || length === null || Number(length) === size) return 0;
  throw damaged(request, `${length} bytes`);
}

async function write(sink: Sink, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength; ) {
    const { bytesWritten } = await onDisk(sink.part, () =>
      sink.output.write(bytes, written, bytes.byteLength - written, sink.done),
    );
    written += bytesWritten;
    sink.done += bytesWritten;
  }
}

/** A file's checksum by the way that its kind is named by; git puts its own header before the bytes. */
async function checksum(path: string, { file, link: { signal } }: BlobRequest): Promise<string> {
  const hash = file.algorithm === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${file.size}\0`);
  return onDisk(path, async () => {
    for await (const bytes of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      if (signal?.aborted) throw new Interrupted();
      hash.update(bytes);
    }
    return hash.digest("hex");
  });
}

async function onDisk<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  return work().catch((error: unknown) => {
    throw error instanceof UserError ? error : diskFault(path, error);
  });
}

function damaged({ link: { asked }, file, address }: BlobRequest, received: string): CorruptFile {
  const kind = file.algorithm === "sha256" ? "sha256" : "git's sha1";
  return new CorruptFile(
    {
      where: `${file.name} of hf:${asked.repository}`,
      expected: `${file.size} bytes with ${kind} ${file.etag} from ${new URL(address).host}`,
      received,
      remedy: "try again later; if it stays so, the server's copy is damaged or something on the way changes it",
    },
    { exitCode: 1 },
  );
}
