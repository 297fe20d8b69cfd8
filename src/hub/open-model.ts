// What a person may name wherever a model is expected, and how each is opened.

import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { nearest, UserError } from "../errors/index.ts";
import { listRuns } from "../runs/index.ts";
import { readDirectoryText } from "./directory-text.ts";
import { type DownloadOptions, downloadModel } from "./hub-download.ts";
import { isHubSource, parseHubSource } from "./hub-name.ts";
import { openDirectory } from "./model-directory.ts";
import type { OpenedModel } from "./opened-model.ts";
import { halfPixels } from "./preprocessing.ts";
import { randomModel } from "./random-model.ts";
import { openRunModel } from "./run-model.ts";
import { openTorchModel } from "./torch-model.ts";
import { type OpenedVideoModel, openVideoDirectory } from "./vjepa2-directory.ts";

export interface OpenModelOptions {
  /** Where runs lie that are named without a path. */
  readonly runsFolder: string;
  /** Of a run or training checkpoint; the target when absent. */
  readonly encoder?: "target" | "context" | undefined;
  /** "half": mean and deviation 0.5 instead of what the model says. */
  readonly normalise?: "half" | undefined;
  /** Attention heads of a training checkpoint, where the official table of widths does not tell. */
  readonly heads?: number | undefined;
  /** For `hf:` sources: the environment (HF_HOME, HF_TOKEN, ...), and who is told of downloads. */
  readonly download: DownloadOptions;
}

/** In words, for help and errors. */
export const modelWords: string =
  "a run, a model directory, a .pth.tar, hf:owner/name, builtin:ijepa-cifar10, or random:small";

/**
 * Opens a model by its name: a run, the folder of one, a model directory, a training checkpoint, `hf:` and a
 * repository, `builtin:` and a name, `random:` and a size.
 *
 * @throws UserError where there is no such model; as the openers of each kind
 */
export async function openModel(source: string, options: OpenModelOptions): Promise<OpenedModel> {
  const onConfig = async (folder: string) => {
    const family = await familyIn(folder);
    if (family !== "I-JEPA") throw takesVideos(source, family);
  };
  const opened = await openAnyModel(source, { ...options, download: { ...options.download, onConfig } });
  if (opened.family !== "I-JEPA") throw takesVideos(opened.name, opened.family);
  return opened;
}

/** As `openModel`, video models as well, which can be looked at only. */
export async function openAnyModel(source: string, options: OpenModelOptions): Promise<OpenedModel | OpenedVideoModel> {
  const opened = await openSource(source, options);
  if (options.normalise === undefined || opened.family !== "I-JEPA") return opened;
  return { ...opened, preprocessing: { ...opened.preprocessing, pixels: halfPixels } };
}

function takesVideos(name: string, family: OpenedVideoModel["family"]): UserError {
  return new UserError({
    where: name,
    expected: "an I-JEPA model, which takes pictures",
    received: `a ${family} model, which takes videos`,
    remedy: `name another; "jepa inspect ${name}" tells what is in this one`,
  });
}

async function openSource(source: string, options: OpenModelOptions): Promise<OpenedModel | OpenedVideoModel> {
  const { runsFolder, encoder = "target", heads } = options;
  if (isHubSource(source)) return openHubModel(source, options.download);
  const [, scheme, rest = ""] = /^([a-z]+):(.*)$/.exec(source) ?? [];
  if (scheme === "builtin") return openBuiltin(rest, source);
  if (scheme === "random") return randomModel(rest, source);
  const about = await stat(source).catch(() => undefined);
  if (about?.isDirectory()) {
    const isRun = (await stat(join(source, "recipe.json")).catch(() => undefined)) !== undefined;
    return isRun ? openRunModel(source, basename(resolve(source)), encoder) : openFolder(source, source);
  }
  if (about?.isFile()) return openTorchModel(source, { encoder, heads });
  const runs = await listRuns(runsFolder);
  const run = runs.find(({ name }) => name === source);
  if (run !== undefined) return openRunModel(run.folder, run.name, encoder);
  const near = nearest(
    source,
    runs.map(({ name }) => name),
  );
  throw new UserError({
    where: "--model",
    expected: modelWords,
    received: `"${source}", which is none`,
    remedy: near === undefined ? '"jepa runs" lists runs' : `did you mean "${near}"?`,
  });
}

/** Models that come with the package. */
const builtins: readonly string[] = ["ijepa-cifar10"];

async function openBuiltin(name: string, source: string): Promise<OpenedModel> {
  if (builtins.includes(name)) {
    return openDirectory(fileURLToPath(new URL(`../../models/${name}`, import.meta.url)), source);
  }
  const remedy = `use builtin:${nearest(name, builtins) ?? builtins[0]}`;
  throw new UserError({
    where: source,
    expected: `builtin: and one of ${builtins.join(", ")}`,
    received: name,
    remedy,
  });
}

async function openHubModel(source: string, options: DownloadOptions): Promise<OpenedModel | OpenedVideoModel> {
  const { repository, revision } = parseHubSource(source);
  const { folder } = await downloadModel(repository, { ...options, revision });
  return openFolder(folder, source);
}

/** A model directory of whichever family its config.json says. */
async function openFolder(folder: string, name: string): Promise<OpenedModel | OpenedVideoModel> {
  return (await familyIn(folder)) === "I-JEPA" ? openDirectory(folder, name) : openVideoDirectory(folder, name);
}

async function familyIn(folder: string): Promise<(OpenedModel | OpenedVideoModel)["family"]> {
  const config: unknown = await readJson(join(folder, "config.json"));
  return z.looseObject({ model_type: z.literal("vjepa2") }).safeParse(config).success ? "V-JEPA 2" : "I-JEPA";
}

/** Undefined where it is missing or no JSON: opening tells of it. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readDirectoryText(path));
  } catch {
    return undefined;
  }
}
