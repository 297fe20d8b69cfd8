// Learning rate, weight decay and teacher momentum as pure functions of the step, as I-JEPA's official code runs them
// (Assran et al. 2023, appendix A; ijepa 52c1ae9). With t the step counted from 1, W the warm-up and T all steps:
//   rate      t < W: start + t/W (peak - start);  then  final + (peak - final) (1 + cos(pi (t - W)/(T - W))) / 2
//   decay     final + (start - final) (1 + cos(pi t/T)) / 2
//   momentum  start + (t - 1)/T (final - start)

/** A linear warm-up to a peak, then half a cosine down to the final value. */
export interface WarmupCosine {
  readonly start: number;
  readonly peak: number;
  readonly final: number;
  /** Steps of the warm-up; the peak is reached at this step. */
  readonly warmup: number;
  /** Steps of the whole schedule. */
  readonly steps: number;
}

/** A value that goes from `start` to `final` over a number of steps. */
export interface Course {
  readonly start: number;
  readonly final: number;
  /** Steps of the whole schedule; the official momentum schedule counts epochs, so this need not be an integer. */
  readonly steps: number;
}

/**
 * Learning rate of a step: linear from `start` to `peak`, then a cosine down to `final`, where it stays.
 *
 * @param step counted from 1: the official scheduler moves on before the step is taken
 */
export function warmupCosine({ start, peak, final, warmup, steps }: WarmupCosine, step: number): number {
  if (step < warmup) return start + (step / warmup) * (peak - start);
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return Math.max(final, final + (peak - final) * halfCosine(progress));
}

/**
 * Weight decay of a step: half a cosine from `start` to `final`, upwards or downwards, where it stays.
 *
 * @param step counted from 1
 */
export function cosine({ start, final, steps }: Course, step: number): number {
  const value = final + (start - final) * halfCosine(Math.min(1, step / steps));
  return final <= start ? Math.max(final, value) : Math.min(final, value);
}

/**
 * Momentum of the teacher at a step: a straight line from `start` at the first step towards `final`, where it stays.
 *
 * @param step counted from 1; the first step uses `start` itself
 */
export function linear({ start, final, steps }: Course, step: number): number {
  return start + (Math.min(step - 1, steps) * (final - start)) / steps;
}

// From 1 at progress 0 to 0 at progress 1.
function halfCosine(progress: number): number {
  return 0.5 * (1 + Math.cos(Math.PI * progress));
}
