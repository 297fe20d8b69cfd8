// evaluation.json: a run's evaluation with what was measured and how, so that no figure is ever without its protocol.

import { access, constants, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CorruptFile } from "../errors/index.ts";
import { diskFault, errorCode, replaceFile } from "../files/index.ts";
import type { Figure } from "./intervals.ts";
import type { MeasuredEvaluation } from "./protocol.ts";
import type { Evaluation } from "./table.ts";

/** Which encoder of which checkpoint was evaluated. */
export interface EvaluatedCheckpoint {
  readonly step: number;
  /** Steps that the run's recipe asks for; absent in files of before this was written. */
  readonly steps?: number | undefined;
  /** Scope of its weights, `target_encoder` or `encoder`. */
  readonly encoder: string;
}

/** What evaluation.json holds. */
export interface EvaluationRecord extends MeasuredEvaluation {
  /** Version of this form. */
  readonly format: 1;
  readonly checkpoint: EvaluatedCheckpoint;
  /** On a part of the pictures. */
  readonly quick: boolean;
  /** When, in ISO 8601. */
  readonly measured: string;
  /** Versions of the package, the engine and Node. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What is read back of it. */
export type StoredEvaluation = Evaluation & Pick<EvaluationRecord, "checkpoint">;

/**
 * Asks whether an evaluation can be written into the run's folder, before the hours that it may take.
 *
 * @throws UserError where it cannot
 */
export async function requireWritable(folder: string): Promise<void> {
  const path = evaluationPath(folder);
  const isFolder = await stat(path).then(
    (about) => about.isDirectory(),
    () => false,
  );
  if (isFolder) throw diskFault(path, Object.assign(new Error("EISDIR"), { code: "EISDIR" }));
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw diskFault(folder, error);
  }
}

/**
 * Writes the record into the run's folder, whole or not at all,
 * and returns its path. Throws UserError where the disk refuses.
 */
export async function writeEvaluation(folder: string, record: EvaluationRecord): Promise<string> {
  const path = evaluationPath(folder);
  await replaceFile(path, `${JSON.stringify(record, undefined, 2)}\n`);
  return path;
}

/** The run's evaluation; undefined where there is none. Throws CorruptFile where it is damaged. */
export async function readEvaluation(folder: string): Promise<StoredEvaluation | undefined> {
  const path = evaluationPath(folder);
  try {
    return evaluationForm.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw diskFault(path, error);
    const received = error instanceof SyntaxError ? error.message : z.prettifyError(error);
    const fault = { where: path, expected: "an evaluation (format 1)", received, remedy: 'run "jepa eval" again' };
    throw new CorruptFile(fault, { cause: error });
  }
}

function evaluationPath(folder: string): string {
  return join(folder, "evaluation.json");
}

const share = z.number().min(0).max(1);
const figure: z.ZodType<Figure> = z.object({ accuracy: share, interval: z.tuple([share, share]) });
const encoderFigures = z.object({ knn: figure, linear: figure, linearLast4: figure });
const count = z.int().min(0);

const evaluationForm: z.ZodType<StoredEvaluation> = z.object({
  format: z.literal(1),
  model: z.string(),
  data: z.string(),
  samples: z.object({ train: count, test: count }),
  floors: z.object({
    pixels: z.object({ knn: figure, linear: figure }),
    untrained: encoderFigures,
    majority: figure,
  }),
  results: encoderFigures,
  rank: z.object({ trained: z.number(), untrained: z.number(), width: count }),
  checkpoint: z.object({ step: count, steps: count.optional(), encoder: z.string() }),
});
