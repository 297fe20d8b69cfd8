import { spawnSync } from "node:child_process";
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Interrupted } from "../errors/index.ts";
import { type DownloadOptions, downloadModel } from "./hub-download.ts";
import { exchange, type Patience } from "./hub-requests.ts";
import {
  etagOf,
  type FakeHub,
  type Files,
  gitSha1,
  openHub,
  repository,
  sha256,
  type Trouble,
} from "./hub-server.fixture.ts";

const first = "1".repeat(40);
const second = "2".repeat(40);
const weights = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 37) % 251));
const small = { "config.json": '{"model_type":"ijepa"}', "preprocessor_config.json": "{}", "README.md": "# tiny\n" };
const model: Files = { ...small, "model.safetensors": weights };
const etag = sha256(weights);
const quick: Patience = { pauses: [1, 1, 1], silence: 8000 };

let hub: FakeHub;
let cache: string;
beforeEach(async () => {
  hub = await openHub();
  cache = await mkdtemp(join(tmpdir(), "jepa hub "));
  publish(first, model);
});
afterEach(async () => {
  await hub.close();
  await rm(cache, { recursive: true });
});

function publish(commit: string, files: Files): void {
  hub.commits.set(commit, files);
  hub.branches.set("main", commit);
}

const environment = () => ({ HF_ENDPOINT: `${hub.endpoint}/`, HF_HUB_CACHE: cache, HF_HOME: cache });
const download = (more: Partial<DownloadOptions> = {}) =>
  downloadModel(repository, { environment: environment(), patience: quick, ...more });
const folder = () => join(cache, "models--someone--tiny");
const blobs = () => readdir(join(folder(), "blobs"));
const weightRanges = () =>
  hub.asked.filter(({ what }) => what.includes("model.safetensors?")).map(({ range }) => range);
const trouble = (...troubles: Trouble[]) => hub.troubles.set("model.safetensors", troubles);

/** Every file and link below a folder: path -> content, or "-> target". */
async function tree(at: string): Promise<Record<string, string>> {
  const entries = await readdir(at, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  const shown = files.sort().map(async (path): Promise<[string, string]> => {
    const isLink = (await lstat(path)).isSymbolicLink();
    return [relative(at, path), isLink ? `-> ${await readlink(path)}` : await readFile(path, "latin1")];
  });
  return Object.fromEntries(await Promise.all(shown));
}

async function putPart(name: string, bytes: Buffer): Promise<string> {
  await mkdir(join(folder(), "blobs"), { recursive: true });
  const path = join(folder(), "blobs", name);
  await writeFile(path, bytes);
  return path;
}

describe("the cache", () => {
  it("is laid out as Python's client lays it out", async () => {
    const result = await download();
    expect(result).toEqual({ folder: join(folder(), "snapshots", first), commit: first });
    const expected: Record<string, string> = { "refs/main": first };
    for (const [name, content] of Object.entries(model)) {
      expected[`blobs/${etagOf(content)}`] = Buffer.from(content).toString("latin1");
      expected[`snapshots/${first}/${name}`] = `-> ../../blobs/${etagOf(content)}`;
    }
    expect(await tree(folder())).toEqual(expected);
    expect(etagOf(small["README.md"])).toBe(gitSha1("# tiny\n"));
  });

  it("is enough the second time: nothing but the revision and the files' checksums is asked for", async () => {
    await download();
    hub.asked.length = 0;
    await download();
    expect(hub.asked.map(({ what }) => what.split("?")[0])).toEqual([
      `GET /api/models/${repository}/revision/main`,
      `POST /api/models/${repository}/paths-info/${first}`,
    ]);
    hub.asked.length = 0;
    await download({ revision: first });
    expect(hub.asked).toEqual([]);
  });

  it("follows a branch that moved, fetches only what changed, and keeps the old commit", async () => {
    await download();
    publish(second, { ...model, "README.md": "# changed\n" });
    hub.asked.length = 0;
    expect(await download()).toMatchObject({ commit: second });
    expect(hub.asked.filter(({ what }) => what.includes("/resolve/"))).toHaveLength(1);
    expect(await readFile(join(folder(), "snapshots", first, "README.md"), "utf8")).toBe("# tiny\n");
    expect(await readFile(join(folder(), "refs", "main"), "utf8")).toBe(second);
  });

  it("fetches no weights where its caller does not want what config.json tells", async () => {
    const seen: string[] = [];
    const onConfig = async (at: string) => {
      seen.push(await readFile(join(at, "config.json"), "utf8"));
      throw new RangeError("not this one");
    };
    await expect(download({ onConfig })).rejects.toThrow("not this one");
    expect(seen).toEqual([small["config.json"]]);
    expect(weightRanges()).toEqual([]);
  });

  it("does without the two optional files", async () => {
    publish(second, { "config.json": "{}", "model.safetensors": weights });
    const { folder: snapshot } = await download();
    expect((await readdir(snapshot)).sort()).toEqual(["config.json", "model.safetensors"]);
  });

  it("replaces a blob of the wrong length and a link that leads nowhere", async () => {
    const { folder: snapshot } = await download();
    await writeFile(join(folder(), "blobs", etag), "short");
    await rm(join(folder(), "blobs", etagOf(small["config.json"])));
    await download();
    expect(await readFile(join(snapshot, "model.safetensors"))).toEqual(weights);
    expect(await readFile(join(snapshot, "config.json"), "utf8")).toBe(small["config.json"]);
  });

  it("notes a revision whose name has folders", async () => {
    hub.branches.set("refs/pr/1", first);
    await download({ revision: "refs/pr/1" });
    expect(await readFile(join(folder(), "refs", "refs", "pr", "1"), "utf8")).toBe(first);
  });
});

describe("shards", () => {
  const shards = { "model-00001-of-00002.safetensors": weights, "model-00002-of-00002.safetensors": "b".repeat(300) };
  const [one, two] = Object.keys(shards);
  const index = (...files: unknown[]) =>
    JSON.stringify({ weight_map: Object.fromEntries(files.map((f, i) => [i, f])) });
  const sharded = (text: string): Files => ({ ...small, ...shards, "model.safetensors.index.json": text });

  it("are those that the index names", async () => {
    publish(second, sharded(index(one, two, one)));
    const { folder: snapshot } = await download();
    expect(await readFile(join(snapshot, two ?? ""), "utf8")).toBe("b".repeat(300));
    expect(await readdir(snapshot)).toHaveLength(6);
    expect(await download({ offline: true })).toEqual({ folder: snapshot, commit: second });
    await rm(join(snapshot, two ?? ""));
    await expect(download({ offline: true })).rejects.toThrow(`a copy without ${two}`);
  });

  it.each([
    ["../../../../evil.safetensors", "files beside the index"],
    ["/tmp/evil.safetensors", "files beside the index"],
    ["C:\\evil.safetensors", "files beside the index"],
    ["model.bin", "files beside the index"],
    [7, "a weight_map from tensors to files"],
    ["absent.safetensors", "absent.safetensors, which its index names"],
  ])("are refused where the index names %s, before any of them is fetched", async (name, words) => {
    publish(second, sharded(index(one, name)));
    await expect(download()).rejects.toMatchObject({ name: "CorruptFile", message: expect.stringContaining(words) });
    expect(hub.asked.filter(({ what }) => what.includes("/resolve/"))).toHaveLength(1);
    expect(await readdir(folder())).not.toContain("refs");
  });
});

describe("a broken download", () => {
  it("goes on where it was and fetches no byte twice", async () => {
    trouble({ breakAfter: 1000 }, { breakAfter: 500 });
    await download();
    expect(weightRanges()).toEqual([undefined, "bytes=1000-", "bytes=1500-"]);
    expect(await readFile(join(folder(), "blobs", etag))).toEqual(weights);
  });

  it("keeps its part when it gives up, and the next call goes on there", async () => {
    trouble({ breakAfter: 1000 }, { status: 503 }, { status: 503 }, { status: 503 });
    await expect(download()).rejects.toMatchObject({ exitCode: 1, message: expect.stringContaining("answered 503") });
    expect(await blobs()).toContain(`${etag}.incomplete`);
    expect(await readdir(folder())).not.toContain("refs");
    hub.asked.length = 0;
    await download();
    expect(weightRanges()).toEqual(["bytes=1000-"]);
    expect((await blobs()).filter((name) => name.includes("."))).toEqual([]);
  });

  it("is tried anew where the storage refuses an address that has grown old", async () => {
    trouble({ status: 403 });
    await download();
    expect(await readFile(join(folder(), "blobs", etag))).toEqual(weights);
  });

  it("is not given up while something comes, however slowly", async () => {
    trouble({ pause: 300 }); // 1200 ms in all
    await download({ patience: { ...quick, silence: 1000 } });
    expect(weightRanges()).toEqual([undefined]);
  });

  it("is left when nothing comes for too long, and when the signal says so", async () => {
    trouble({ stallAfter: 1500 });
    await download({ patience: { ...quick, silence: 700 } });
    expect(weightRanges()).toEqual([undefined, "bytes=1500-"]);
    publish(second, { ...model, "model.safetensors": Buffer.concat([weights, weights]) });
    trouble({ stallAfter: 2000 });
    const stop = new AbortController();
    const stopped = download({ signal: stop.signal, onProgress: ({ done }) => done === 2000 && stop.abort() });
    await expect(stopped).rejects.toBeInstanceOf(Interrupted);
    const parts = (await blobs()).filter((name) => name.endsWith(".incomplete"));
    expect(parts).toHaveLength(1);
    expect((await lstat(join(folder(), "blobs", parts[0] ?? ""))).size).toBe(2000);
    await expect(download({ signal: AbortSignal.abort() })).rejects.toBeInstanceOf(Interrupted);
  });

  it("goes on with the part of a killed process, and lets those be that may be written", async () => {
    const dead = spawnSync(process.execPath, ["--version"]).pid;
    const machine = hostname().replace(/[^\w-]/g, "-");
    await putPart(`${etag}.${machine}.${dead}.x.incomplete`, weights.subarray(0, 1500));
    await putPart(`${etag}.${machine}.${dead}.y.incomplete`, weights.subarray(0, 2500));
    await putPart(`${etag}.${machine}.${dead}.z.incomplete`, weights.subarray(0, 500));
    const living = await putPart(`${etag}.${machine}.${process.pid}.x.incomplete`, weights.subarray(0, 3000));
    const foreign = await putPart(`${etag}.other.${dead}.x.incomplete`, weights.subarray(0, 3000));
    await download();
    expect(weightRanges()).toEqual(["bytes=2500-"]);
    expect((await lstat(living)).size).toBe(3000);
    expect((await lstat(foreign)).size).toBe(3000);
    expect((await blobs()).filter((name) => name.includes("."))).toHaveLength(2);
  });

  it("goes on with the part of Python's client once that no longer writes", async () => {
    const part = await putPart(`${etag}.incomplete`, weights.subarray(0, 2000));
    await mkdir(join(cache, ".locks", "models--someone--tiny"), { recursive: true });
    await writeFile(join(cache, ".locks", "models--someone--tiny", `${etag}.lock`), "");
    await download();
    expect(weightRanges()).toEqual([undefined]);
    await rm(join(folder(), "blobs", etag));
    const longAgo = new Date(Date.now() - 600_000);
    await utimes(part, longAgo, longAgo);
    await download();
    expect(weightRanges()).toEqual([undefined, "bytes=2000-"]);
  });

  it("begins anew, once, where the part turns out to be of another file", async () => {
    await putPart(`${etag}.incomplete`, Buffer.alloc(2000, 9));
    await download();
    expect(weightRanges()).toEqual(["bytes=2000-", undefined]);
    await rm(join(folder(), "blobs", etag));
    await putPart(`${etag}.incomplete`, Buffer.alloc(5000, 9));
    await download();
    expect(weightRanges().slice(2)).toEqual([undefined]);
  });

  it("takes the whole from a server that knows no ranges", async () => {
    trouble({ breakAfter: 1000 }, { ignoreRange: true });
    await download();
    expect(await readFile(join(folder(), "blobs", etag))).toEqual(weights);
  });

  it("fetches the new file where the old one was replaced between two attempts", async () => {
    trouble({ breakAfter: 1000 }, { status: 500 }, { status: 500 }, { status: 500 });
    await expect(download()).rejects.toThrow("answered 500");
    const changed = Buffer.from(weights).reverse();
    publish(second, { ...model, "model.safetensors": changed });
    const { folder: snapshot } = await download();
    expect(await readFile(join(snapshot, "model.safetensors"))).toEqual(changed);
    expect(weightRanges().at(-1)).toBeUndefined();
  });

  it("by two at once ends in one whole blob", async () => {
    trouble({ breakAfter: 1000 }, { breakAfter: 700 });
    const results = await Promise.all([download(), download(), download()]);
    expect(new Set(results.map(({ commit }) => commit))).toEqual(new Set([first]));
    expect(await readFile(join(folder(), "blobs", etag))).toEqual(weights);
    expect((await blobs()).filter((name) => name.includes("."))).toEqual([]);
  });
});

describe("a server that lies", () => {
  it.each<[string, Trouble, string]>([
    ["other bytes of the right size", { instead: Buffer.alloc(4000, 1) }, "received 4000 other bytes"],
    ["fewer bytes", { instead: weights.subarray(0, 3000) }, "received 3000 bytes"],
    ["more bytes", { instead: Buffer.concat([weights, weights]) }, "received 8000 bytes"],
    ["more bytes than it told", { instead: Buffer.concat([weights, weights]), noLength: true }, "received more bytes"],
  ])("with %s is found out, and nothing appears under the file's name", async (_, lie, words) => {
    trouble(lie);
    await expect(download()).rejects.toMatchObject({
      name: "CorruptFile",
      exitCode: 1,
      message: expect.stringContaining(words),
    });
    expect(await blobs()).not.toContain(etag);
    expect(await readdir(join(folder(), "snapshots", first))).not.toContain("model.safetensors");
  });

  it("with a short file of unknown length is found out when the rest is asked for", async () => {
    const lie = { instead: weights.subarray(0, 3000), noLength: true };
    trouble(lie, lie);
    await expect(download()).rejects.toThrow("received a shorter file");
  });

  it("with a short file again and again is given up", async () => {
    const lie = { instead: weights.subarray(0, 3000), noLength: true, ignoreRange: true };
    trouble(lie, lie, lie, lie);
    await expect(download()).rejects.toThrow("the connection ended after 3000 of 4000 bytes");
  });

  it("with other bytes than those that were asked for is found out", async () => {
    trouble({ breakAfter: 1000 }, { shift: 7 });
    await expect(download()).rejects.toThrow("received bytes 1007-3999/4000");
  });

  it("about what it has leads nowhere", async () => {
    hub.alsoTells.push({ type: "file", path: "../../evil", size: 7, oid: gitSha1("# tiny\n") });
    hub.alsoTells.push({ type: "directory", path: "README.md", size: 0, oid: "0".repeat(40) });
    await download();
    expect(await blobs()).toHaveLength(4);
    expect(await readdir(folder())).toEqual(["blobs", "refs", "snapshots"]);
  });

  it("with another file's range is found out", async () => {
    trouble({ breakAfter: 1000 }, { instead: Buffer.concat([weights, weights]) });
    await expect(download()).rejects.toThrow("received bytes 1000-7999/8000");
  });

  it("about a small file is found out as well", async () => {
    hub.troubles.set("config.json", [{ instead: Buffer.from('{"model_type":"xxxxx"}') }]);
    await expect(download()).rejects.toThrow("git's sha1");
  });
});

describe("the token", () => {
  it("goes to the hub and not to the storage that the hub sends us to", async () => {
    await download({ environment: { ...environment(), HF_TOKEN: "secret-1\n" } });
    const tokens = (server: string) => new Set(hub.asked.filter((seen) => seen.server === server).map((s) => s.token));
    expect(tokens("hub")).toEqual(new Set(["Bearer secret-1"]));
    expect(tokens("storage")).toEqual(new Set([undefined]));
  });

  it("goes nowhere else, whatever is asked for", async () => {
    const storage = await openHub();
    const asked = { endpoint: hub.endpoint, token: "secret", repository, revision: "main" };
    const read = async () => undefined;
    await exchange(
      { asked, patience: quick },
      `${storage.endpoint}/api/models/${repository}/paths-info/main`,
      {},
      read,
    ).catch(() => undefined);
    expect(storage.asked.map(({ token }) => token)).toEqual([undefined]);
    await storage.close();
  });

  it("is read from the file that a login wrote", async () => {
    await writeFile(join(cache, "token"), "hf_from_file\n");
    await download();
    expect(hub.asked[0]?.token).toBe("Bearer hf_from_file");
  });
});

describe("without a network", () => {
  it("the cache answers when asked to: by branch, by commit, by the only snapshot", async () => {
    await download();
    hub.asked.length = 0;
    const offline = { ...environment(), HF_HUB_OFFLINE: "1" };
    expect(await download({ environment: offline })).toMatchObject({ commit: first });
    expect(await download({ offline: true, revision: first })).toMatchObject({ commit: first });
    await rm(join(folder(), "refs"), { recursive: true });
    expect(await download({ offline: true })).toMatchObject({ commit: first });
    await expect(download({ offline: true, revision: "v1" })).rejects.toThrow("received nothing of this revision");
    await mkdir(join(folder(), "snapshots", second));
    await expect(download({ offline: true })).rejects.toMatchObject({ exitCode: 1 });
    expect(hub.asked).toEqual([]);
  });

  it("the cache answers by itself, with a notice, where it has the model", async () => {
    await download();
    await hub.close();
    const notices: string[] = [];
    expect(await download({ onNotice: (notice) => notices.push(notice) })).toMatchObject({ commit: first });
    expect(notices).toEqual([
      expect.stringMatching(/cannot be reached \(.*ECONNREFUSED.*\): using hf:someone\/tiny at 1{12} /),
    ]);
    hub = await openHub();
  });

  it("who has the model is not kept waiting for further attempts", async () => {
    await download();
    hub.refuse = { status: 503 };
    hub.asked.length = 0;
    const notices: string[] = [];
    await download({ onNotice: (notice) => notices.push(notice) });
    expect([hub.asked.length, notices.length]).toEqual([1, 1]);
  });

  it("says so where the cache has it not", async () => {
    await hub.close();
    await expect(download()).rejects.toMatchObject({ exitCode: 1, message: expect.stringContaining("ECONNREFUSED") });
    hub = await openHub();
  });
});

describe("a refusal", () => {
  it.each([
    [{ status: 401, code: "GatedRepo" }, 2, "accept its conditions at"],
    [{ status: 401, message: "Invalid username or password." }, 2, "if the model is private, set HF_TOKEN"],
    [{ status: 403 }, 2, "a model that may be read"],
    [{ status: 404, code: "RepoNotFound" }, 2, "a model that exists"],
    [{ status: 418 }, 1, "check HF_ENDPOINT"],
    [{ status: 502 }, 1, "answered 502"],
  ])("of %o ends with exit code %i and says what to do", async (refuse, exitCode, words) => {
    hub.refuse = refuse;
    await expect(download()).rejects.toMatchObject({ exitCode, message: expect.stringContaining(words) });
  });

  it("names the revision that is not there, and files that a model lacks", async () => {
    await expect(download({ revision: "v9" })).rejects.toThrow("hf:someone/tiny@v9: expected a branch, tag or commit");
    publish(second, { "config.json": "{}", "pytorch_model.bin": "x" });
    await expect(download()).rejects.toThrow("received only config.json");
  });

  it("of a server that is no hub says so", async () => {
    publish("not-a-commit", model);
    await expect(download()).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining("to answer as the hub does"),
    });
  });
});
