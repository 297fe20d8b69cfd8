// What a report of a run is made of: facts, curves and pictures as plain data, so that any run, finished or not,
// can be shown and no figure needs the run, the model or the engine. `report-page.ts` makes the page of it.
import type { FeatureFigure } from "./feature-colours.ts";
import type { Floor } from "./line-chart.ts";
import type { MaskFigure } from "./mask-picture.ts";
import type { NeighbourFigure } from "./neighbours.ts";
import type { PatchGrid } from "./panels.ts";
import type { Score } from "./score.ts";

/** Everything that one page shows; a part left out is a section left out. */
export interface Report {
  readonly run: RunFacts;
  readonly curves: Curves;
  readonly notices: readonly Notice[];
  readonly probes?: Probes;
  readonly evaluation?: EvaluationFacts;
  readonly masks?: MaskFigure;
  readonly coverage?: MaskCoverage;
  readonly features?: FeatureFigure;
  readonly neighbours?: NeighbourFigure;
  /** Every recipe field with its value, in the order to be read. */
  readonly settings: readonly Setting[];
}

/** What ran, where, for how long, and how to run it again. */
export interface RunFacts {
  readonly name: string;
  readonly recipe: string;
  /** `I-JEPA`. */
  readonly method: string;
  /** `CIFAR-10 (50,000 training pictures)`. */
  readonly data: string;
  readonly seed: number;
  readonly state: "finished" | "running" | "stopped" | "failed";
  /** Steps done and to do. */
  readonly step: number;
  readonly steps: number;
  readonly minutes: number;
  /** Processor, threads, memory, in words. */
  readonly machine: string;
  /** Version of this package, and of the engine. */
  readonly software: string;
  readonly commands: { readonly rerun: string; readonly resume: string; readonly evaluate: string };
}

/** Columns of the metrics file; NaN where a step did not measure. */
export interface Curves {
  readonly step: ArrayLike<number>;
  readonly loss: ArrayLike<number>;
  /** Mean over dimensions of the standard deviation of the teacher's features. */
  readonly targetStd?: ArrayLike<number>;
  /** RankMe of the teacher's features, out of `rankOf` dimensions. */
  readonly rank?: ArrayLike<number>;
  readonly rankOf?: number;
  readonly learningRate?: ArrayLike<number>;
  readonly imagesPerSecond?: ArrayLike<number>;
  /** Share of the time that training waited for pictures, 0..1. */
  readonly dataWait?: ArrayLike<number>;
  /** Values below which the monitor speaks of collapse. */
  readonly limits?: { readonly targetStd?: number; readonly rank?: number };
}

/** Accuracies (0..1) of quick probes during training, with the floors of the same probes. */
export interface Probes {
  readonly step: ArrayLike<number>;
  readonly knn?: ArrayLike<number>;
  readonly linear?: ArrayLike<number>;
  readonly floors: readonly Floor[];
  /** `2,000 test pictures, probes fitted on 10,000`. */
  readonly measuredOn: string;
}

/** The evaluation's rows with what they were measured on. */
export interface EvaluationFacts {
  readonly data: string;
  readonly samples: { readonly train: number; readonly test: number };
  readonly scores: readonly Score[];
  readonly rank?: { readonly trained: number; readonly untrained: number; readonly width: number };
}

/** How often each patch of the grid [rows, columns] was in a mask, as a share of the sampled pictures. */
export interface MaskCoverage {
  readonly grid: PatchGrid;
  readonly context: ArrayLike<number>;
  /** In any of the target blocks. */
  readonly target: ArrayLike<number>;
  /** How many pictures' masks were counted. */
  readonly pictures: number;
}

/** Something that the monitor or the trainer said while it ran. */
export interface Notice {
  readonly level: "note" | "warning" | "failure";
  readonly step?: number;
  readonly text: string;
  readonly remedy?: string;
}

/** A recipe field and its value, as written in the run. */
export interface Setting {
  readonly field: string;
  readonly value: string;
  /** Where the value came from: `preset "demo"`, `--set`. */
  readonly source?: string;
}
