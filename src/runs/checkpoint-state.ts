// state.json of a checkpoint: everything but the big numbers that a run needs to go on as if it had never stopped.
// Random streams are functions of (seed, name, step) and metrics are a length in bytes, so the state is small.

import { z } from "zod";
import { CorruptFile } from "../errors/index.ts";

/** A value that JSON keeps exactly: numbers are finite. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The highest figure that a run has reached so far, and at which checkpoint. */
export interface BestFigure {
  readonly step: number;
  readonly figure: number;
}

/** What state.json holds. */
export interface CheckpointState {
  /** Version of this form. */
  readonly format: 1;
  /** Steps done: the run goes on with the step of this number, counted from 0. */
  readonly step: number;
  /** Length of metrics.jsonl when the checkpoint was written. */
  readonly metricsBytes: number;
  /** Fingerprint of the recipe, which tells the checkpoint of another run. */
  readonly recipe: string;
  readonly seed: number;
  readonly microBatch: number;
  readonly threads: number;
  /** What the objective's monitor carries from step to step. */
  readonly monitor: Json;
  /** The figure of this checkpoint by which the best is kept, higher is better; absent where none was measured. */
  readonly figure?: number | undefined;
  readonly best?: BestFigure | undefined;
  /** Versions of the package, the engine and Node that wrote it. */
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of the two files of numbers, in hexadecimal; absent in checkpoints of before they were kept. */
  readonly sha256?: CheckpointSums | undefined;
}

/** A sum of each file of numbers. */
export interface CheckpointSums {
  readonly model: string;
  readonly optimizer: string;
}

const count = z.int().min(0);
const json: z.ZodType<Json> = z.json();

const stateForm: z.ZodType<CheckpointState> = z.object({
  format: z.literal(1),
  step: count,
  metricsBytes: count,
  recipe: z.string(),
  seed: count,
  microBatch: z.int().min(1),
  threads: z.int().min(1),
  monitor: json,
  figure: z.number().optional(),
  best: z.object({ step: count, figure: z.number() }).optional(),
  versions: z.record(z.string(), z.string()),
  sha256: z.object({ model: z.string(), optimizer: z.string() }).optional(),
});

/** The text of state.json. Throws an internal error where the state holds what JSON would change, such as NaN. */
export function stateText(state: CheckpointState): string {
  const checked = stateForm.safeParse(state);
  if (!checked.success) throw new Error(`internal: a state that JSON would change: ${z.prettifyError(checked.error)}`);
  return `${JSON.stringify(state, undefined, 2)}\n`;
}

/**
 * Reads the text of state.json. Throws CorruptFile where it is
 * damaged, of another format or of another step than its folder.
 */
export function parseState(
  text: string,
  { path, step, remedy }: { readonly path: string; readonly step: number; readonly remedy: string },
): CheckpointState {
  const damaged = (expected: string, received: unknown) => new CorruptFile({ where: path, expected, received, remedy });
  const form = "the state of a checkpoint (format 1)";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(form, text.trim() === "" ? "an empty file" : error);
  }
  const parsed = stateForm.safeParse(value);
  if (!parsed.success) {
    throw damaged(form, parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  }
  if (parsed.data.step !== step) throw damaged(`the state of step ${step}`, parsed.data.step);
  return parsed.data;
}
