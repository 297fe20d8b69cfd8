// One line of an evaluation table as the figures draw it: what
// was scored, by which method, how sure, against which floors.

/** Where a result stands among its floors; intervals that overlap count as level. */
export type Standing = "above" | "level" | "below";

/** An accuracy in 0..1 with its 95% interval, and what it was measured on. */
export interface Score {
  /** What was classified: `trained encoder`, `raw pixels`. */
  readonly features: string;
  /**
   * How: `linear probe, last layer`; the scores of one method are drawn side by side. Empty for a floor of no method.
   */
  readonly method: string;
  readonly kind: "result" | "floor";
  readonly accuracy: number;
  readonly interval: readonly [low: number, high: number];
  /** For a result, its standing and the sentence that says it: `not distinguishable from raw pixels`. */
  readonly standing?: Standing;
  readonly verdict?: string;
}
