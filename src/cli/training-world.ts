// What training needs of the process: threads, clock, memory, versions; and how it shows itself on a terminal.
import { availableParallelism } from "node:os";
import type { Device } from "../runtime/index.ts";
import type { TrainingNews, TrainingWorld } from "../training/index.ts";
import { dataProgress } from "./data-progress.ts";
import { choice, type Flag, number } from "./flags.ts";
import type { Terminal } from "./terminal.ts";
import { versions } from "./version.ts";

/** The flag `--device`. */
export const deviceFlag: Flag<Device | undefined> = choice("what computes, cpu by default", ["cpu", "webgpu", "cuda"]);

/** The flag `--threads`. */
export const threadsFlag: Flag<number | undefined> = number("threads of the engine, one a core by default", {
  minimum: 1,
  maximum: 1024,
  whole: true,
});

/** The process as training sees it. */
export function trainingWorld(
  terminal: Terminal,
  { device, threads }: { device?: Device | undefined; threads?: number | undefined },
): TrainingWorld {
  const { jepa, engine, node } = versions();
  return {
    device,
    threads: threads ?? availableParallelism(),
    environment: terminal.environment,
    signal: terminal.signal,
    versions: { jepa, engine, node },
    now: () => performance.now(),
    peakBytes: () => process.resourceUsage().maxRSS * 1024,
    onData: dataProgress(terminal),
    onWarning: (text) => terminal.warning(text),
    onStep: (news) => terminal.progress({ done: news.step, total: news.steps, text: newsLine(news) }),
    onRun: ({ folder }) => terminal.notice(`training in ${folder} (Ctrl-C saves and stops)`),
  };
}

function newsLine({
  step,
  steps,
  loss,
  imagesPerSecond,
  dataWait,
  secondsLeft,
  targetStd,
  rank,
}: TrainingNews): string {
  const health =
    targetStd === undefined || rank === undefined ? "" : ` · std ${targetStd.toFixed(2)} · rank ${rank.toFixed(1)}`;
  return (
    `step ${step}/${steps} ${Math.floor((100 * step) / steps)}% · loss ${loss.toFixed(4)}${health} · ` +
    `${imagesPerSecond.toPrecision(3)} img/s · wait ${Math.round(100 * dataWait)}% · ${timeLeft(secondsLeft)} left`
  );
}

/** 75 seconds: 1:15. */
export function timeLeft(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
