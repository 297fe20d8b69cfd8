// The two files that a run is born with and that never change. recipe.json is the complete
// recipe, and can be given to `jepa pretrain` again; origin.json tells where each value came
// from and what was chosen once for this machine, and is used again on resume.

import { join } from "node:path";
import { z } from "zod";
import { CorruptFile } from "../errors/index.ts";
import { readText } from "../files/index.ts";
import { parseShallow } from "./json-depth.ts";

/** Chosen once a run: another choice would change the bits of the results, not the mathematics. */
export interface Execution {
  readonly microBatch: number;
  readonly threads: number;
}

/** What origin.json holds. */
export interface RunOrigin {
  readonly format: 1;
  /** Name of the recipe, file or folder that was given. */
  readonly recipeName: string;
  /** When the run was created, in ISO 8601 with the time zone, such as 2026-01-31T12:00:00.000Z. */
  readonly created: string;
  /** The command that makes such a run again, word by word. */
  readonly command: readonly string[];
  /** Where each field of the recipe came from, by its path. */
  readonly sources: Readonly<Record<string, string>>;
  readonly execution: Execution;
  /** What tells the data set from another (`Pictures.fingerprint`); absent in runs of before it was kept. */
  readonly dataFingerprint?: string | undefined;
  /** Versions of the package, the engine and Node. */
  readonly versions: Readonly<Record<string, string>>;
}

const originForm: z.ZodType<RunOrigin> = z.object({
  format: z.literal(1),
  recipeName: z.string(),
  created: z.iso.datetime({ offset: true }),
  command: z.array(z.string()),
  sources: z.record(z.string(), z.string()),
  execution: z.object({ microBatch: z.int().min(1), threads: z.int().min(1) }),
  dataFingerprint: z.string().optional(),
  versions: z.record(z.string(), z.string()),
});

const stepsForm = z.looseObject({ training: z.looseObject({ steps: z.int() }) });

/** Reads origin.json of a run. Throws CorruptFile where it is damaged, UserError where it cannot be read. */
export async function readOrigin(folder: string): Promise<RunOrigin> {
  return readAs(originForm, join(folder, "origin.json"), "the origin of a run (format 1)");
}

/** Reads recipe.json of a run as it stands; a schema must check it before it is used. Throws as `readOrigin`. */
export async function readRecipe(folder: string): Promise<unknown> {
  return readAs(z.unknown(), join(folder, "recipe.json"), "a recipe in JSON");
}

/** How many steps a run's recipe asks for, whatever its objective. Throws as `readOrigin`. */
export async function readSteps(folder: string): Promise<number> {
  const recipe = await readAs(stepsForm, join(folder, "recipe.json"), "a recipe with training.steps");
  return recipe.training.steps;
}

async function readAs<T>(form: z.ZodType<T>, path: string, expected: string): Promise<T> {
  const text = await readText(path);
  let received: unknown;
  try {
    const parsed = form.safeParse(parseShallow(text));
    if (parsed.success) return parsed.data;
    received = parsed.error.issues.map(({ path: field, message }) => `${field.join(".")}: ${message}`).join("; ");
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    received = error;
  }
  throw new CorruptFile({ where: path, expected, received, remedy: "put back a copy of the file" });
}
