// How far training is: means since the last line of the log, speed, time left. What the log's numbers depend
// on is carried in the checkpoint, so that a resumed run writes the same lines (time and memory aside).

import type { Health } from "../evaluation/index.ts";
import type { Choices } from "../objectives/index.ts";
import type { CheckpointState, Json, MetricsLine, TrainingOptions } from "../runs/index.ts";
import type { TrainingNews } from "./pretrain.ts";
import type { Schedules, StepResult } from "./step.ts";

/** One step that was taken. */
export interface Tally {
  /** Counted from 1: steps done. */
  readonly step: number;
  readonly result: StepResult;
  readonly schedules: Schedules;
  readonly choices: Choices;
  /** How long it waited for pictures. */
  readonly waitMilliseconds: number;
}

/** Sums since the last line of the log. */
interface Sums {
  readonly count: number;
  readonly terms: Readonly<Record<string, number>>;
}

/** When how many steps had been taken in this process. */
interface Mark {
  readonly time: number;
  readonly steps: number;
}

const nothing: Sums = { count: 0, terms: {} };

/** The account of a run's steps: what the log's next line and the person are told. */
export class Progress {
  readonly #training: TrainingOptions;
  readonly #now: () => number;
  #sums: Sums;
  #last: Tally | undefined;
  #stepsHere = 0;
  /** Where the last line began; the pace is measured from there. */
  #paceFrom: Mark;
  /** When the first step ended: it compiles, and tells nothing of the next ones. */
  #firstEnd = 0;
  #since: { time: number; steps: number; waited: number };
  #health: Health | undefined;
  #warned = false;

  /**
   * @param restored what the checkpoint held that the run goes on from
   * @param now a clock in milliseconds
   */
  constructor(training: TrainingOptions, restored: CheckpointState | undefined, now: () => number) {
    this.#training = training;
    this.#now = now;
    const start = now();
    this.#paceFrom = { time: start, steps: 0 };
    this.#since = { time: start, steps: 0, waited: 0 };
    this.#sums = sumsFrom(restored?.monitor);
  }

  /** Counts a step in, and gives it back. */
  add(tally: Tally): Tally {
    const { count, terms } = this.#sums;
    const added = Object.entries(tally.result.terms).map(([name, value]) => [name, (terms[name] ?? 0) + value]);
    this.#sums = { count: count + 1, terms: Object.fromEntries(added) };
    this.#last = tally;
    this.#stepsHere++;
    if (this.#stepsHere === 1) this.#firstEnd = this.#now();
    const { time, steps, waited } = this.#since;
    this.#since = { time, steps: steps + 1, waited: waited + tally.waitMilliseconds };
    return tally;
  }

  /** Leaves time out of the account that something else than training took. */
  paused(milliseconds: number): void {
    const later = <Timed extends { readonly time: number }>(mark: Timed) => ({
      ...mark,
      time: mark.time + milliseconds,
    });
    this.#paceFrom = later(this.#paceFrom);
    this.#firstEnd += milliseconds;
    this.#since = later(this.#since);
  }

  /** What the checkpoint carries: the sums since the last line of the log. */
  get carried(): Json {
    return { count: this.#sums.count, terms: this.#sums.terms };
  }

  /** How far training is, at the pace of the last lines of the log; the loss is NaN before the first step. */
  news(): TrainingNews {
    const { steps, batch } = this.#training;
    const step = this.#last?.step ?? 0;
    const withoutFirst = this.#paceFrom.steps === 0 && this.#stepsHere > 1;
    const { time, steps: before } = withoutFirst ? { time: this.#firstEnd, steps: 1 } : this.#paceFrom;
    const perStep = (this.#now() - time) / 1000 / Math.max(1, this.#stepsHere - before);
    return {
      step,
      steps,
      loss: this.#last?.result.loss ?? Number.NaN,
      imagesPerSecond: batch / perStep,
      dataWait: this.#waitShare(),
      secondsLeft: perStep * (steps - step),
      targetStd: this.#health?.targetStd,
      rank: this.#health?.rank,
    };
  }

  /** The line of the log for the steps since the last one: means of the terms, the last step's other values. */
  line(): MetricsLine {
    const { count, terms } = this.#sums;
    const last = this.#last;
    if (last === undefined) throw new RangeError("internal: a log line before the first step");
    const means = Object.entries(terms).map(([name, sum]) => [name, sum / count] as const);
    const seconds = (this.#now() - this.#since.time) / 1000;
    return {
      step: last.step,
      loss: means.reduce((sum, [, mean]) => sum + mean, 0),
      ...(means.length > 1 ? Object.fromEntries(means.map(([name, mean]) => [`loss.${name}`, mean])) : {}),
      gradientNorm: last.result.gradientNorm,
      learningRate: last.schedules.rate,
      weightDecay: last.schedules.decay,
      momentum: last.schedules.momentum,
      ...last.choices.described,
      imagesPerSecond: (this.#since.steps * this.#training.batch) / seconds,
      dataWait: this.#waitShare(),
    };
  }

  /** Begins the next line. */
  logged(health: Health): void {
    this.#health = health;
    this.#sums = nothing;
    this.#paceFrom = { time: this.#since.time, steps: this.#stepsHere - this.#since.steps };
    this.#since = { time: this.#now(), steps: 0, waited: 0 };
  }

  /** Whether no warning was told before: one is enough, it is not repeated at every line. */
  isFirstWarning(): boolean {
    const first = !this.#warned;
    this.#warned = true;
    return first;
  }

  #waitShare(): number {
    const elapsed = this.#now() - this.#since.time;
    return elapsed > 0 ? Math.min(1, this.#since.waited / elapsed) : 0;
  }
}

function sumsFrom(carried: Json | undefined): Sums {
  if (typeof carried !== "object" || carried === null || !("count" in carried) || !("terms" in carried)) return nothing;
  const { count, terms } = carried;
  if (typeof count !== "number" || typeof terms !== "object" || terms === null) return nothing;
  const numbers = Object.entries(terms).flatMap(([name, value]) =>
    typeof value === "number" ? [[name, value] as const] : [],
  );
  return { count, terms: Object.fromEntries(numbers) };
}
