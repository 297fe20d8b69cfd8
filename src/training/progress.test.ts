// Claims: the pace that a person is told is that of the last lines of the log, without the first step, which compiles,
// and without pauses.

import { expect, test } from "vitest";
import { Progress, type Tally } from "./progress.ts";

const batch = 8;
const training = {
  steps: 100,
  batch,
  checkpointEvery: 10,
  keep: 3,
  logEvery: 10,
};

test("the pace is of the last lines, without the first step and without pauses", () => {
  const clock = { time: 0 };
  const progress = new Progress(training, undefined, () => clock.time);
  const take = (step: number, milliseconds: number) => {
    clock.time += milliseconds;
    progress.add(tallyOf(step));
  };
  take(1, 5000);
  expect(progress.news()).toMatchObject({ imagesPerSecond: batch / 5, secondsLeft: 99 * 5 });
  take(2, 100);
  expect(progress.news()).toMatchObject({ imagesPerSecond: batch / 0.1 });
  for (let step = 3; step <= 40; step++) {
    take(step, step <= 20 ? 100 : 200);
    clock.time += 1000;
    progress.paused(1000);
    if (step % 10 === 0) progress.logged({ targetStd: 1, rank: 1 });
  }
  const { imagesPerSecond, secondsLeft } = progress.news();
  expect(imagesPerSecond).toBeCloseTo(batch / 0.2, 6);
  expect(secondsLeft).toBeCloseTo(60 * 0.2, 6);
});

function tallyOf(step: number): Tally {
  return {
    step,
    result: { terms: { prediction: 1 }, loss: 1, gradientNorm: 1 },
    schedules: { step, rate: 1e-3, decay: 0, momentum: 1 },
    choices: { forPictures: () => ({}), described: {} },
    waitMilliseconds: 0,
  };
}
