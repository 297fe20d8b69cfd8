// From what a person gave to a complete recipe: preset, then file, then environment, then flags; the rest are the
// schema's defaults. Where on the line a flag stands makes no difference, and each value keeps where it came from.

import { UserError } from "../errors/index.ts";
import { readText } from "../files/index.ts";
import { type Assignment, parseAssignment, parseValue, splitAssignments } from "./assignment.ts";
import { type FieldValue, fieldValues, meansAbsent, takesOnlyWords } from "./fields.ts";
import { mostLevels, parseShallow } from "./json-depth.ts";
import { isFields } from "./leaves.ts";
import type { Recipe, RecipeSchema } from "./recipe.ts";
import { type Layered, noLayers, overlay, overlayPath, removeValues, type Source, sourceAt } from "./value-layers.ts";

/** What a person gave. */
export interface RecipeInputs {
  readonly preset?: { readonly name: string; readonly values: unknown } | undefined;
  readonly file?: { readonly path: string; readonly values: unknown } | undefined;
  /** The process's environment; JEPA_SET holds assignments separated by semicolons. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** What stood after --set, such as `training.steps=80`. */
  readonly assignments?: readonly string[] | undefined;
}

/** A field of a resolved recipe; its value is undefined where it may be absent and is. */
export interface ResolvedField extends FieldValue {
  readonly source: Source;
}

/** A complete recipe and all its fields, each with its meaning and where its value came from. */
export interface ResolvedRecipe {
  readonly recipe: Recipe;
  readonly fields: readonly ResolvedField[];
}

/** A recipe as it stands in a file: some or all fields, perhaps on top of a named recipe. */
export interface RecipeFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The recipe named by the file's own field `extends`. */
  readonly extends: string | undefined;
}

/**
 * Lays what was given over one another and checks it; null takes away a field that may be absent.
 * Throws UserError (exit code 2) that names the field and where it was given.
 */
export function resolveRecipe(schema: RecipeSchema, inputs: RecipeInputs): ResolvedRecipe {
  const layered = noLayers();
  const { preset, file, environment, assignments = [] } = inputs;
  if (preset !== undefined) {
    overlay(layered, fieldsOf(preset.values, preset.name), { kind: "preset", label: `preset "${preset.name}"` });
  }
  if (file !== undefined)
    overlay(layered, fieldsOf(file.values, file.path), { kind: "file", label: `file "${file.path}"` });
  overlayAssignments(schema, layered, [
    ...given(splitAssignments(environment?.JEPA_SET ?? ""), { kind: "environment", label: "JEPA_SET" }),
    ...given(assignments, { kind: "flag", label: "--set" }),
  ]);
  const form = schema.formOf(layered.values.objective);
  removeValues(layered, (path, value) => value === null && meansAbsent(form, path));
  const recipe = schema.parse(layered.values, (path) => sourceAt(layered, path)?.label);
  return { recipe, fields: resolvedFields(schema, recipe, layered) };
}

/** The recipe with one field changed, such as `training.steps=80`. Throws as `resolveRecipe`. */
export function assign(schema: RecipeSchema, recipe: Recipe, assignment: string): Recipe {
  return resolveRecipe(schema, { preset: { name: recipe.objective, values: recipe }, assignments: [assignment] })
    .recipe;
}

/**
 * Reads a recipe's JSON file. Throws UserError (exit code 2) where there is none, or it is not an object in JSON, in
 * UTF-8.
 */
export async function readRecipeFile(path: string): Promise<RecipeFile> {
  const { extends: base, ...values } = fieldsOf(parseJson(path, await readText(path)), path);
  if (base !== undefined && typeof base !== "string") {
    const fault = { where: `${path}, field "extends"`, expected: "the name of a recipe", received: base };
    throw new UserError({ ...fault, remedy: '"jepa recipes" lists the names' });
  }
  return { path, values, extends: base };
}

function parseJson(path: string, text: string): unknown {
  try {
    return parseShallow(text);
  } catch (cause) {
    const remedy =
      cause instanceof RangeError
        ? `use at most ${mostLevels}`
        : "correct it; JSON has no comments and no comma after the last field";
    throw new UserError({ where: path, expected: "a recipe in JSON", received: cause, remedy }, { cause });
  }
}

function fieldsOf(values: unknown, where: string): Readonly<Record<string, unknown>> {
  if (isFields(values)) return values;
  const remedy = 'write { "objective": ..., "data": { ... }, ... }';
  throw new UserError({ where, expected: "a recipe: an object with fields", received: values, remedy });
}

type Given = Assignment & { readonly source: Source };

function given(assignments: readonly string[], source: Source): Given[] {
  return assignments.map((assignment) => ({ ...parseAssignment(assignment, source.label), source }));
}

function overlayAssignments(schema: RecipeSchema, layered: Layered, assignments: readonly Given[]): void {
  if (assignments.length === 0) return;
  const chosen = assignments.findLast(({ path }) => path.join(".") === "objective");
  const form = schema.formOf(chosen?.text ?? layered.values.objective);
  // One layer a source, so that a kind and its fields may be given in either order.
  for (const source of new Set(assignments.map((assignment) => assignment.source))) {
    const layer = noLayers();
    for (const assignment of assignments.filter((one) => one.source === source)) {
      const value = parseValue(assignment, takesOnlyWords(form, assignment.path));
      overlayPath(layer, assignment.path, value, source);
    }
    overlay(layered, layer.values, source);
  }
}

function resolvedFields(schema: RecipeSchema, recipe: Recipe, layered: Layered): ResolvedField[] {
  const byDefault: Source = { kind: "default", label: "default" };
  return fieldValues(schema.formOf(recipe.objective), recipe).map((field) => ({
    ...field,
    source: layered.sources.get(field.path) ?? byDefault,
  }));
}
