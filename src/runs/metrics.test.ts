import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CorruptFile, UserError } from "../errors/index.ts";
import { openMetrics, readLastMetrics, readMetrics } from "./metrics.ts";

// Flushing to the disk waits for whatever else the machine is writing.
vi.setConfig({ testTimeout: 120_000 });

let path: string;

beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "jepa-metrics-")), "metrics.jsonl");
});

afterEach(async () => {
  await rm(join(path, ".."), { recursive: true, force: true });
});

describe("metrics", () => {
  it.each([
    ["deleted", () => rm(path), "none: it was deleted or moved"],
    ["replaced", () => rm(path).then(() => writeFile(path, "")), "another file in its place"],
  ])("that are %s while they are written are missed", async (_, change, received) => {
    const writer = await openMetrics(path, 0);
    await writer.append({ step: 0 });
    await writer.flush();
    await change();
    await expect(writer.flush()).rejects.toThrow(received);
    await writer.close();
  });

  it("are one JSON object a line, counted in bytes", async () => {
    const writer = await openMetrics(path, 0);
    await writer.append({ step: 0, loss: 0.5, note: "größer" });
    await writer.append({ step: 1, loss: Number.NaN, rank: undefined });
    await writer.close();
    const text = await readFile(path);
    expect(text.toString()).toBe('{"step":0,"loss":0.5,"note":"größer"}\n{"step":1,"loss":null}\n');
    expect(writer.bytes).toBe(text.byteLength);
  });

  it("are cut back to the bytes that a checkpoint counted, and go on from there", async () => {
    const first = await openMetrics(path, 0);
    await first.append({ step: 0 });
    const counted = first.bytes;
    await first.append({ step: 1 });
    await first.close();
    await appendFile(path, '{"step":2,"lo'); // killed while it wrote
    const second = await openMetrics(path, counted);
    await second.append({ step: 1, again: true });
    await second.close();
    expect(await readFile(path, "utf8")).toBe('{"step":0}\n{"step":1,"again":true}\n');
  });

  it("begin empty where there was no checkpoint, whatever a killed process wrote", async () => {
    await writeFile(path, '{"step":0}\n{"st');
    await (await openMetrics(path, 0)).close();
    expect(await readFile(path, "utf8")).toBe("");
  });

  it("that are shorter than counted, or end elsewhere, are refused and left alone", async () => {
    await writeFile(path, '{"step":0}\n');
    await expect(openMetrics(path, 12)).rejects.toThrow(
      /expected at least the 12 bytes that the checkpoint counted, received 11 bytes: put back a copy/,
    );
    await expect(openMetrics(path, 5)).rejects.toBeInstanceOf(CorruptFile);
    expect(await readFile(path, "utf8")).toBe('{"step":0}\n');
  });

  it.each([
    [
      "no JSON",
      '{"step":1}\nnonsense\n{"step":3}\n',
      /metrics.jsonl, line 2: expected a JSON object with a step, received nonsense/,
    ],
    [
      "out of order",
      '{"step":1}\n{"step":3}\n{"step":2}\n',
      /line 3: expected a step above 3, received 2: put back a copy/,
    ],
    ["there twice", '{"step":1}\n{"step":1}\n', /line 2: expected a step above 1, received 1/],
  ])("that hold a line before the end counted that is %s are refused and left alone", async (_, text, message) => {
    await writeFile(path, `${text}{"st`);
    await expect(openMetrics(path, text.length)).rejects.toBeInstanceOf(CorruptFile);
    await expect(openMetrics(path, text.length)).rejects.toThrow(message);
    expect(await readFile(path, "utf8")).toBe(`${text}{"st`);
  });

  it("that a checkpoint counted and that are missing are refused as such, and not made", async () => {
    await expect(openMetrics(path, 12)).rejects.toThrow(
      /metrics.jsonl: expected an existing path, received no such file or folder: put back a copy of the file, or begin/,
    );
    await expect(readFile(path)).rejects.toThrow("ENOENT");
  });

  it.each([
    [
      "a folder",
      () => mkdir(path),
      /expected a file, received a folder: put back a copy of the file, or begin a new run/,
    ],
    ["a link to itself", () => symlink("metrics.jsonl", path), /received a link that leads back to itself: put back/],
  ])("are refused, with or without a count, where they are %s", async (_, make, message) => {
    await make();
    for (const bytes of [0, 12]) await expect(openMetrics(path, bytes)).rejects.toThrow(message);
    await expect(readMetrics(path)).rejects.toBeInstanceOf(UserError);
  });

  it("are read without the line that a kill cut short, at whatever byte", async () => {
    const lines = [
      { step: 0, loss: 1.25 },
      { step: 1, loss: 0.5, word: "ü" },
    ];
    const whole = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const firstEnd = whole.indexOf("\n") + 1;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.byteLength }), async (bytes) => {
        await writeFile(path, whole.subarray(0, bytes));
        const complete = bytes === whole.byteLength ? 2 : bytes >= firstEnd ? 1 : 0;
        expect(await readMetrics(path)).toEqual(lines.slice(0, complete));
        expect(await readLastMetrics(path)).toEqual(lines[complete - 1]);
      }),
      { numRuns: 60 },
    );
  });

  it("are none where there is no file", async () => {
    expect(await readMetrics(path)).toEqual([]);
    expect(await readLastMetrics(path)).toBeUndefined();
  });

  it("name a complete line that is broken", async () => {
    await writeFile(path, '{"step":0}\nnonsense\n{"step":2}\n');
    await expect(readMetrics(path)).rejects.toThrow(/metrics.jsonl, line 2: expected a JSON object with a step/);
  });

  it("give their last line from the end of a long file", async () => {
    await writeFile(path, Array.from({ length: 20_000 }, (_, step) => `{"step":${step}}\n`).join(""));
    expect(await readLastMetrics(path)).toEqual({ step: 19_999 });
  });
});
