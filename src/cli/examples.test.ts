// Claims: the examples of the help run, one of each command that needs no network, on a small folder of
// pictures in place of CIFAR-10; and every `jepa` line of the documents is a command with flags that exist.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { randomStream } from "../random/index.ts";
import { readFlags } from "./flags.ts";
import { commands } from "./verbs.ts";
import { findCommand, takeApart } from "./words.ts";
import { told } from "./world.fixture.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = fileURLToPath(new URL("../..", import.meta.url));
const home = process.cwd();
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jepa examples "));
  const random = randomStream(0, "pictures");
  for (const name of ["one", "other"]) {
    mkdirSync(join(folder, "pictures", name), { recursive: true });
    for (let picture = 0; picture < 10; picture++) {
      const raw = Buffer.from(Array.from({ length: 8 * 8 * 3 }, () => random.integer(256)));
      const png = sharp(raw, { raw: { width: 8, height: 8, channels: 3 } }).png();
      await png.toFile(join(folder, "pictures", name, `${picture}.png`));
    }
  }
  await sharp(join(folder, "pictures", "one", "0.png"))
    .jpeg()
    .toFile(join(folder, "photo.jpg"));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** What makes the examples small: the data set and the sizes, set from outside as a person may. */
const small = [
  ...["data.source=./pictures", "data.crop=8", "data.workers=0", "training.steps=2", "training.batch=4"],
  ...["model.width=8", "model.depth=2", "model.heads=2", "model.patch=2", "predictor.width=8", "predictor.depth=1"],
  ...["masks.contextTokens=4", "masks.targets=2", "masks.targetTokens=4"],
].join(";");

const needNetwork = ["data fetch", "data export"];

test("an example of every command runs, in the order in which a person meets them", async () => {
  const lines = commands
    .filter(({ name }) => !needNetwork.includes(name))
    .flatMap(({ examples }) => (examples.length > 0 ? [examples[0].line] : []));
  expect(lines).toHaveLength(commands.length - needNetwork.length);
  for (const line of lines) {
    const [, ...words] = line.split(" ");
    const environment = { JEPA_CACHE: join(folder, "cache"), ...(words[0] === "pretrain" ? { JEPA_SET: small } : {}) };
    const { code, err } = await told(words, commands, { environment });
    expect(code, `${line}: ${err}`).toBe(0);
  }
});

const documents = ["README.md", "CONTRIBUTING.md", "docs/json.md"];

test.each(documents)("every jepa line in %s is a command with flags that exist", async (document) => {
  const text = readFileSync(join(root, document), "utf8");
  const fences = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, inside]) => inside.split("\n"));
  const lines = fences
    .map((line) => line.replace(/^npx /, "").replace(/\s+#.*/, ""))
    .filter((line) => line.startsWith("jepa "));
  if (document === "README.md") expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) {
    const { command, rest } = findCommand(line.split(" ").slice(1), commands);
    if (command === undefined) throw new Error(`${line}: no such command`);
    const typed = await takeApart(command, rest, async () => []);
    readFlags(command.flags, typed.flags, {});
  }
});
