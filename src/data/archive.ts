// A package's archive (tar, gzip), checked against a pinned digest before a byte of it is believed.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { CorruptFile, UserError } from "../errors/index.ts";

/**
 * Checks that a file is the one that was pinned.
 *
 * @param integrity `sha512-` and the digest in base64, as package managers write it
 * @throws UserError of exit code 1 where it is another
 */
export async function checkIntegrity(path: string, subject: string, integrity: string): Promise<void> {
  const hash = createHash("sha512");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  const received = `sha512-${hash.digest("base64")}`;
  if (received === integrity) return;
  throw new UserError(
    {
      where: subject,
      expected: `an archive of ${integrity}`,
      received,
      remedy:
        "the registry served another file, so nothing was kept: try again, or set another registry in npm's configuration",
    },
    { exitCode: 1 },
  );
}

/**
 * Reads some files of an archive into memory.
 *
 * @param names paths as in the archive, such as `package/data.png`
 * @throws CorruptFile where one is missing or the archive is broken
 */
export async function readArchive(path: string, names: readonly string[]): Promise<Map<string, Uint8Array>> {
  const { unpackTar } = await import("modern-tar");
  const packed = Readable.toWeb(createReadStream(path, { highWaterMark: 2 ** 18 }));
  const wanted = new Set(names);
  const files = new Map<string, Uint8Array>();
  try {
    const entries = await unpackTar(packed.pipeThrough(new DecompressionStream("gzip")), {
      filter: ({ name }) => wanted.has(name),
      strict: true,
    });
    for (const { header, data } of entries) if (data !== undefined) files.set(header.name, data);
  } catch (cause) {
    throw damaged(path, "a tar archive packed with gzip", cause);
  }
  const missing = names.find((name) => !files.has(name));
  if (missing !== undefined) throw damaged(path, `an archive that holds ${missing}`, "one without it");
  return files;
}

function damaged(where: string, expected: string, received: unknown): CorruptFile {
  return new CorruptFile({ where, expected, received, remedy: "fetch it again" }, { exitCode: 1 });
}
