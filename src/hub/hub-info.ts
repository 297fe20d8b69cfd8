// What the hub tells about a model: the commit of a revision, and size and checksum of files at that commit. The calls
// are those of `@huggingface/hub`, the hub's own JavaScript client, through our `fetch`. Its downloads are not used:
// they begin anew after a break, check nothing, write no refs (so that Python's client does not find them offline) and
// print.

import { z } from "zod";
import { Interrupted, loadOptional, UserError } from "../errors/index.ts";
import { LinkFailure, notAHub } from "./hub-faults.ts";
import { exchange, type HubLink, persistently } from "./hub-requests.ts";

/** A file of a repository at a commit. */
export interface RemoteFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Checksum in hexadecimal digits, which is also the name of its blob in the cache. */
  readonly etag: string;
  /** What the checksum is of: the bytes (large files), or git's header and the bytes (files kept in git itself). */
  readonly algorithm: "sha256" | "git-sha1";
}

const commitSchema = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });

const fileSchema = z.object({
  path: z.string(),
  type: z.string(),
  size: z.int().min(0),
  oid: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) }).nullish(),
});

/**
 * The commit that the link's revision is at now.
 *
 * @throws as `exchange`; UserError where the client is not installed, or the answer has not the hub's form
 */
export async function readCommit(link: HubLink): Promise<string> {
  const { asked } = link;
  const { modelInfo } = await loadClient();
  return answered(link, async () => {
    const info: unknown = await modelInfo({
      name: asked.repository,
      revision: asked.revision,
      hubUrl: asked.endpoint,
      additionalFields: ["sha"],
      fetch: patientFetch(link),
    });
    return commitSchema.parse(info).sha;
  });
}

/**
 * Those of the named files that a commit has.
 *
 * @throws as `readCommit`
 */
export async function readFiles(link: HubLink, commit: string, names: readonly string[]): Promise<RemoteFile[]> {
  const { asked } = link;
  const { pathsInfo } = await loadClient();
  const files = await answered(link, async () => {
    const infos: unknown = await pathsInfo({
      repo: { type: "model", name: asked.repository },
      paths: [...names],
      revision: commit,
      hubUrl: asked.endpoint,
      fetch: patientFetch(link),
    });
    return z.array(fileSchema).parse(infos);
  });
  return files
    .filter(({ path, type }) => type === "file" && names.includes(path))
    .map((file) => remoteFile(link, file));
}

function remoteFile({ asked }: HubLink, { path: name, size, oid, lfs }: z.infer<typeof fileSchema>): RemoteFile {
  if (lfs) return { name, size: lfs.size, etag: lfs.oid, algorithm: "sha256" };
  if (oid !== undefined) return { name, size, etag: oid, algorithm: "git-sha1" };
  throw notAHub(asked, `no checksum of ${name}`);
}

/** Runs a call of the client; what it throws besides our own errors is about the form of an answer. */
async function answered<Result>({ asked }: HubLink, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof UserError || error instanceof LinkFailure || error instanceof Interrupted) throw error;
    throw notAHub(asked, error instanceof z.ZodError ? z.prettifyError(error) : error);
  }
}

/**
 * A fetch for the client: patient, with the token, and with the whole body read, so that a break in it is tried again
 * too.
 */
function patientFetch(link: HubLink): typeof fetch {
  return (address, question = {}) =>
    persistently(link, () =>
      exchange(link, address instanceof Request ? address.url : String(address), question, async (answer) => {
        const { status, headers } = answer;
        return new Response(await answer.arrayBuffer(), { status, headers });
      }),
    );
}

function loadClient(): Promise<typeof import("@huggingface/hub")> {
  return loadOptional(() => import("@huggingface/hub"), {
    where: "hf:",
    expected: "the package @huggingface/hub, which talks to the hub",
    remedy: "install it with: npm install @huggingface/hub",
  });
}
