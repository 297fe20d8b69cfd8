// A hub in this process, for tests: the part of the Hugging Face protocol that a download needs, on one server for the
// hub and one for the storage that it sends large files' readers to. It keeps a list of what it was asked, and
// misbehaves on request.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** What a commit holds; files above 200 bytes are kept as large files are (LFS). */
export type Files = Readonly<Record<string, string | Buffer>>;

/** A question that was asked. */
export interface Seen {
  readonly server: "hub" | "storage";
  readonly what: string;
  readonly range: string | undefined;
  readonly token: string | undefined;
}

/** How one answer of bytes goes wrong. */
export interface Trouble {
  /** Bytes after which the connection breaks. */
  readonly breakAfter?: number;
  /** Bytes after which nothing more comes. */
  readonly stallAfter?: number;
  readonly status?: number;
  /** Sends this content instead. */
  readonly instead?: Buffer;
  readonly ignoreRange?: boolean;
  /** Answers a range with one that begins so many bytes later. */
  readonly shift?: number;
  /** Sends four pieces, with so many milliseconds between them. */
  readonly pause?: number;
  /** Leaves the length out, as with chunks of unknown number. */
  readonly noLength?: boolean;
}

interface Refusal {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
}

export interface FakeHub {
  readonly endpoint: string;
  readonly asked: Seen[];
  /** Commits by name, and the names of branches. */
  readonly commits: Map<string, Files>;
  readonly branches: Map<string, string>;
  /** Troubles of a file, one used up by each request for its bytes. */
  readonly troubles: Map<string, Trouble[]>;
  /** Refuses every question at the hub with this status and code. */
  refuse: Refusal | undefined;
  /** Told beside the files that were asked for. */
  readonly alsoTells: unknown[];
  readonly close: () => Promise<void>;
}

export const repository = "someone/tiny";

export async function openHub(): Promise<FakeHub> {
  const hub: Mutable = {
    endpoint: "",
    storage: "",
    asked: [],
    commits: new Map(),
    branches: new Map(),
    troubles: new Map(),
    refuse: undefined,
    alsoTells: [],
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      }
    },
  };
  const servers = [await listen(hub, "hub", answerAsHub), await listen(hub, "storage", answerAsStorage)];
  [hub.endpoint = "", hub.storage = ""] = servers.map(address);
  return hub;
}

type Mutable = { -readonly [Key in keyof FakeHub]: FakeHub[Key] } & { storage: string };
type Answer = (hub: Mutable, request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");
export const gitSha1 = (bytes: Buffer | string): string =>
  createHash("sha1")
    .update(`blob ${Buffer.byteLength(bytes)}\0`)
    .update(bytes)
    .digest("hex");
const isLarge = (bytes: Buffer | string) => Buffer.byteLength(bytes) > 200;
/** The name of a file's blob. */
export const etagOf = (bytes: Buffer | string): string => (isLarge(bytes) ? sha256(bytes) : gitSha1(bytes));

async function listen(hub: Mutable, name: Seen["server"], answer: Answer): Promise<Server> {
  const server = createServer((request, response) => {
    const { url: what = "", method, headers } = request;
    const asked = { server: name, what: `${method} ${what}`, range: headers.range, token: headers.authorization };
    hub.asked.push(asked);
    void answer(hub, request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function address(server: Server): string {
  const found = server.address();
  if (found === null || typeof found === "string") throw new Error("a server without a port");
  return `http://127.0.0.1:${found.port}`;
}

async function answerAsHub(hub: Mutable, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (hub.refuse) return refuse(response, hub.refuse.status, hub.refuse.code, hub.refuse.message);
  const url = request.url ?? "";
  const api = new RegExp(`^/api/models/${repository}/(revision|paths-info)/([^/?]+)`).exec(url);
  const file = new RegExp(`^/${repository}/resolve/([^/?]+)/([^/?]+)`).exec(url);
  if (api === null && file === null) return refuse(response, 404, "RepoNotFound", "Repository not found");
  const revision = decodeURIComponent(api?.[2] ?? file?.[1] ?? "");
  const commit = hub.branches.get(revision) ?? revision;
  const files = hub.commits.get(commit);
  if (files === undefined) return refuse(response, 404, "RevisionNotFound", `Invalid rev id: ${revision}`);
  if (api?.[1] === "revision") return json(response, { _id: "1", id: repository, sha: commit, private: false });
  if (api !== null) return json(response, [...pathsInfo(files, JSON.parse(await text(request))), ...hub.alsoTells]);
  const name = file?.[2] ?? "";
  const bytes = files[name];
  if (bytes === undefined) return refuse(response, 404, "EntryNotFound", "Entry not found");
  const etag = etagOf(bytes);
  response.setHeader("x-repo-commit", commit);
  if (!isLarge(bytes)) {
    response.setHeader("etag", `"${etag}"`);
    return send(hub, name, Buffer.from(bytes), request, response);
  }
  const size = Buffer.byteLength(bytes);
  const location = `${hub.storage}/${commit}/${name}?signature=x`;
  response.writeHead(302, { location, "x-linked-etag": `"${etag}"`, "x-linked-size": size }).end();
}

function answerAsStorage(hub: Mutable, request: IncomingMessage, response: ServerResponse): void {
  const [, commit = "", name = ""] = /^\/([^/]+)\/([^/?]+)/.exec(request.url ?? "") ?? [];
  response.setHeader("etag", '"of the storage"');
  send(hub, name, Buffer.from(hub.commits.get(commit)?.[name] ?? ""), request, response);
}

function pathsInfo(files: Files, { paths }: { paths: string[] }): unknown[] {
  return paths.flatMap((path) => {
    const bytes = files[path];
    if (bytes === undefined) return [];
    const size = Buffer.byteLength(bytes);
    const lfs = isLarge(bytes) ? { lfs: { oid: sha256(bytes), size, pointerSize: 130 } } : {};
    return [{ type: "file", path, size, oid: gitSha1(bytes), ...lfs }];
  });
}

function send(hub: Mutable, name: string, held: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const trouble = hub.troubles.get(name)?.shift() ?? {};
  const bytes = trouble.instead ?? held;
  const range = trouble.ignoreRange ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const from = Number(range?.[1] ?? 0) + (trouble.shift ?? 0);
  const status = trouble.status ?? (range && from >= bytes.length ? 416 : undefined);
  if (status === undefined) sendBytes(bytes, from, range != null, trouble, response);
  else refuse(response, status);
}

function sendBytes(bytes: Buffer, from: number, isPart: boolean, trouble: Trouble, response: ServerResponse): void {
  if (isPart) response.setHeader("content-range", `bytes ${from}-${bytes.length - 1}/${bytes.length}`);
  if (!trouble.noLength) response.setHeader("content-length", bytes.length - from);
  response.writeHead(isPart ? 206 : 200);
  const stop = trouble.breakAfter ?? trouble.stallAfter;
  if (trouble.pause !== undefined) void trickle(bytes.subarray(from), trouble.pause, response);
  else if (stop === undefined) response.end(bytes.subarray(from));
  else response.write(bytes.subarray(from, from + stop), () => trouble.breakAfter !== undefined && response.destroy());
}

async function trickle(bytes: Buffer, pause: number, response: ServerResponse): Promise<void> {
  const length = Math.ceil(bytes.length / 4);
  for (let piece = 0; piece < 4; piece++) {
    await sleep(pause);
    response.write(bytes.subarray(piece * length, (piece + 1) * length));
  }
  response.end();
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code?: string, message?: string): void {
  if (code !== undefined) response.setHeader("x-error-code", code);
  if (message !== undefined) response.setHeader("x-error-message", message);
  response.writeHead(status).end("refused");
}
