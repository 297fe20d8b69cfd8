// Ours and the peer's, in turn, three rounds: on a shared machine only what ran side by side can be compared.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UserError } from "../src/errors/index.ts";
import { median } from "./median.ts";
import type { StepFigures } from "./step.ts";

const rounds = 3;

interface PeerFigures {
  readonly images_per_s: number;
  readonly peak_rss_MB: number;
  readonly gflops: number;
}

/** Runs both; tells medians of both and the median ratio, ours over theirs. */
export async function againstPytorch(model: string, json: boolean): Promise<string> {
  const python = process.env.JEPA_PYTHON ?? "python3";
  const pairs = Array.from({ length: rounds }, () => ({
    ours: lastLine<StepFigures>(process.execPath, [
      ...process.execArgv,
      fileURLToPath(new URL("main.ts", import.meta.url)),
      "step",
      "--model",
      model,
      "--json",
    ]),
    theirs: lastLine<PeerFigures>(python, [
      fileURLToPath(new URL("peers/train_step.py", import.meta.url)),
      "--model",
      `vit_${model}`,
    ]),
  }));
  const ratio = (of: (pair: (typeof pairs)[number]) => number) => median(pairs.map(of));
  const figures = {
    model,
    rounds,
    imagesPerSecond: {
      ours: ratio(({ ours }) => ours.imagesPerSecond),
      pytorch: ratio(({ theirs }) => theirs.images_per_s),
    },
    ratio: ratio(({ ours, theirs }) => ours.imagesPerSecond / theirs.images_per_s),
    share: ratio(({ ours }) => ours.share),
    peakBytes: {
      ours: ratio(({ ours }) => ours.peakBytes),
      pytorch: ratio(({ theirs }) => theirs.peak_rss_MB * 1_048_576),
    },
    memoryRatio: ratio(({ ours, theirs }) => ours.peakBytes / (theirs.peak_rss_MB * 1_048_576)),
  };
  if (json) return JSON.stringify(figures);
  const { imagesPerSecond: speed, peakBytes: peak } = figures;
  return (
    `${model}: ${speed.ours.toFixed(2)} images/s, PyTorch ${speed.pytorch.toFixed(2)}: ${figures.ratio.toFixed(2)}x; ` +
    `${(100 * figures.share).toFixed(0)}% of the own roof; peak ${(peak.ours / 1e9).toFixed(2)} GB, PyTorch ${(peak.pytorch / 1e9).toFixed(2)} GB`
  );
}

/** The last line that a command prints, as JSON. Throws UserError (exit code 1) where it fails. */
export function lastLine<Figures>(command: string, args: readonly string[]): Figures {
  const { stdout, stderr, status, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1e8 });
  if (status !== 0) {
    throw new UserError(
      {
        where: command,
        expected: "a run that ends well",
        received: error?.message ?? stderr.trim().split("\n").at(-1) ?? `exit code ${status}`,
        remedy: "set JEPA_PYTHON to a Python 3.11 with torch",
      },
      { exitCode: 1 },
    );
  }
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}
