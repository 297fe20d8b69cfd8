// A recipe: one strict, typed value from which a whole run follows. Its schema is composed from
// the options of the rooms below and of one objective, whose own fields stand beside the others:
// { objective, ...the objective's, data, model, optimizer, training, seed }. It is the one place
// of defaults; nothing that reads a recipe falls back on a value of its own.

import { z } from "zod";
import { type DataOptions, dataOptions } from "../data/index.ts";
import { nearest, UserError } from "../errors/index.ts";
import { fieldFault, type NameSource } from "./field-faults.ts";
import { isFields } from "./leaves.ts";
import {
  type ModelOptions,
  modelOptions,
  type OptimizerOptions,
  optimizerOptions,
  seedOption,
  type TrainingOptions,
  trainingOptions,
} from "./recipe-options.ts";
import { checkSizes } from "./recipe-sizes.ts";

/** A complete, valid recipe. The objective's own fields are read through `objectiveOptions`. */
export interface Recipe {
  readonly objective: string;
  readonly data: DataOptions;
  readonly model: ModelOptions;
  readonly optimizer: OptimizerOptions;
  readonly training: TrainingOptions;
  readonly seed: number;
  readonly [field: string]: unknown;
}

/** What a person or a named recipe writes: whatever differs from the defaults. */
export interface RecipeInput {
  readonly objective: string;
  readonly data?: Partial<DataOptions>;
  readonly model?: Partial<ModelOptions>;
  readonly optimizer?: Partial<OptimizerOptions>;
  readonly training?: Partial<TrainingOptions>;
  readonly seed?: number;
  readonly [field: string]: unknown;
}

/**
 * What a recipe needs of an objective: its fields, and what must
 * hold between them and the sizes of the model and the data.
 */
export interface RecipeObjective {
  readonly options: z.ZodObject;
  /** Throws UserError where the fields do not fit one another. */
  check?(recipe: Recipe): void;
}

/** The recipes that a set of objectives allows. */
export interface RecipeSchema {
  readonly objectives: readonly string[];
  /** The whole form of a recipe for one objective; throws UserError for an unknown one. */
  formOf(objective: unknown): z.ZodObject;
  /** Checks values and fills in defaults; throws UserError (exit code 2) for the first fault found. */
  parse(values: unknown, sourceOf?: NameSource): Recipe;
}

const common = z.object({
  objective: z.string(),
  data: dataOptions,
  model: modelOptions,
  optimizer: optimizerOptions.prefault({}),
  training: trainingOptions,
  seed: seedOption,
});

/**
 * The schema of recipes for a set of objectives, by name; a new objective is one more entry.
 * An objective's fields must not bear the names of the common ones.
 */
export function recipeSchema(objectives: Readonly<Record<string, RecipeObjective>>): RecipeSchema {
  const names = Object.keys(objectives);
  const find = (name: unknown): RecipeObjective => {
    const found = typeof name === "string" && Object.hasOwn(objectives, name) ? objectives[name] : undefined;
    if (found === undefined) throw unknownObjective(name, names);
    return found;
  };
  const formOf = (name: unknown): z.ZodObject => {
    const { objective: _, ...rest } = common.shape;
    return z.strictObject({ objective: z.literal(String(name)), ...find(name).options.shape, ...rest });
  };
  return {
    objectives: names,
    formOf,
    parse(values, sourceOf = () => undefined) {
      if (!isFields(values)) throw notARecipe(values);
      const form = formOf(values.objective);
      const parsed = form.safeParse(values);
      if (!parsed.success) throw fieldFault(form, values, parsed.error.issues, sourceOf);
      // Read a second time by the common form, which is what gives the common fields their types.
      const recipe: Recipe = { ...parsed.data, ...common.parse(parsed.data) };
      checkSizes(recipe);
      find(recipe.objective).check?.(recipe);
      return recipe;
    },
  };
}

function unknownObjective(name: unknown, names: readonly string[]): UserError {
  const near = typeof name === "string" ? nearest(name, names) : undefined;
  return new UserError({
    where: 'recipe field "objective"',
    expected: `one of ${names.map((known) => JSON.stringify(known)).join(", ")}`,
    received: typeof name === "string" ? JSON.stringify(name) : name,
    remedy: near === undefined ? "name the method to train by" : `did you mean "${near}"?`,
  });
}

function notARecipe(received: unknown): UserError {
  const remedy = 'write { "objective": ..., "data": ..., ... } or the name of a recipe ("jepa recipes" lists them)';
  return new UserError({ where: "recipe", expected: "an object with fields", received, remedy });
}
