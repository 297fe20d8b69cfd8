// What training is given by the command line: threads, clock, signal, and a way to tell how far it is.
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { Interrupted, shellWord } from "../errors/index.ts";
import { duration, percent } from "../figures/index.ts";
import type { Run } from "../runs/index.ts";
import type { Begun, TrainingNews, TrainingWorld } from "../training/index.ts";
import { dataProgress } from "./data-progress.ts";
import { type Means, versionsKept } from "./engine-means.ts";
import { defaultRunsFolder } from "./runs-folder.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Trains by `train` and tells of it: the run at the start, progress, JSON lines under --json, the way on at the end.
 */
export async function tellOfTraining(
  terminal: Terminal,
  means: Means,
  train: (world: TrainingWorld) => Promise<Begun>,
): Promise<void> {
  const seen: { run?: Run; news?: TrainingNews } = {};
  try {
    const begun = await train({
      ...worldOf(terminal, means),
      onRun: (run) => {
        seen.run = run;
        tellStart(terminal, run);
      },
      onStep: (news) => {
        seen.news = news;
        tellStep(terminal, news, seen.run);
      },
    });
    tellEnd(terminal, begun, seen.news);
  } catch (error) {
    if (!(error instanceof Interrupted) || seen.run === undefined) throw error;
    const step = seen.news === undefined ? "before the first step" : `after step ${seen.news.step}`;
    throw new Interrupted(`stopped ${step}; to go on: jepa resume ${named(terminal, seen.run)}`);
  }
}

function worldOf(terminal: Terminal, { device, threads }: Means): TrainingWorld {
  return {
    environment: terminal.environment,
    signal: terminal.signal,
    device,
    threads: threads ?? availableParallelism(),
    now: terminal.world.now,
    peakBytes: () => process.resourceUsage().maxRSS * 1024,
    versions: versionsKept(),
    onData: dataProgress(terminal),
    onWarning: (text) => {
      terminal.warning(text);
      terminal.record({ event: "warning", text });
    },
  };
}

function tellStart(terminal: Terminal, { name, folder, recipe, origin }: Run): void {
  const { steps, batch } = recipe.training;
  const { threads, microBatch } = origin.execution;
  terminal.notice(`run ${name} in ${folder}: ${steps} steps of ${batch} pictures (Ctrl-C saves and stops)`);
  terminal.detail(`${threads} threads, ${microBatch} pictures at once, seed ${recipe.seed}`);
  terminal.record({ event: "begin", name, folder, steps });
}

function tellStep(terminal: Terminal, news: TrainingNews, run: Run | undefined): void {
  const { step, steps } = news;
  terminal.progress({ done: step, total: steps, text: progressText(news) });
  if (step % (run?.recipe.training.logEvery ?? 1) === 0 || step === steps) terminal.record({ event: "step", ...news });
}

/** In the order of importance, since a narrow terminal cuts the end off. */
export function progressText(news: TrainingNews): string {
  const { step, steps, loss, targetStd, rank, imagesPerSecond, dataWait, secondsLeft } = news;
  return [
    `step ${step}/${steps}`,
    percent(step / steps, 0),
    `loss ${loss.toPrecision(4)}`,
    ...(rank === undefined ? [] : [`rank ${rank.toFixed(1)}`]),
    `${imagesPerSecond.toFixed(0)} img/s`,
    `${duration(secondsLeft / 60)} left`,
    `data wait ${percent(dataWait, 0)}`,
    ...(targetStd === undefined ? [] : [`target std ${targetStd.toFixed(2)}`]),
  ].join("  ");
}

/** Says what became of a run; `news` is of its last step, if any was taken here. */
export function tellEnd(terminal: Terminal, { outcome, name, folder }: Begun, news?: TrainingNews): void {
  const done = news === undefined ? "is finished already, nothing was done" : "is trained";
  terminal.result({
    json: { event: "end", outcome, name, folder, ...(news === undefined ? {} : { loss: news.loss }) },
    text: () => `${name} ${done}: ${folder}\nnext: jepa eval ${named(terminal, { name, folder })}`,
  });
}

/** A run as words that find it: with --runs where it lies elsewhere than commands look by themselves. */
function named(
  { environment }: Terminal,
  { name, folder }: { readonly name: string; readonly folder: string },
): string {
  const place = dirname(folder);
  const known = environment.JEPA_RUNS || defaultRunsFolder;
  return resolve(place) === resolve(known) ? name : `${shellWord(name)} --runs ${shellWord(place)}`;
}
