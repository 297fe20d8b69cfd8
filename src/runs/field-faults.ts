// What a schema finds wrong in a recipe, as a fault that names
// the field, what it takes, what came and what to write instead.

import type { z } from "zod";
import { nearest, UserError } from "../errors/index.ts";
import { fieldDescription, nearestField } from "./fields.ts";
import { isFields } from "./leaves.ts";

type Issue = z.core.$ZodIssue;

/** Says where the field at a dotted path was given, such as `--set`; undefined where that is not known. */
export type NameSource = (path: string) => string | undefined;

interface FieldFault {
  readonly path: readonly string[];
  readonly expected: string;
  readonly remedy: string;
}

/** The UserError for the first thing that is wrong with `values`; the paths of further ones are named at its end. */
export function fieldFault(
  schema: z.ZodObject,
  values: unknown,
  issues: readonly Issue[],
  sourceOf: NameSource,
): UserError {
  const faults = issues.flatMap((issue) => faultsOf(schema, values, issue));
  const [first] = faults;
  if (first === undefined) throw new Error("internal: a schema refused a recipe without saying why");
  const [path = "", ...others] = new Set(faults.map((fault) => fault.path.join(".")));
  const source = sourceOf(path);
  const also = others.length === 0 ? "" : ` (also wrong: ${others.join(", ")})`;
  return new UserError({
    where: `${path === "" ? "recipe" : `recipe field "${path}"`}${source === undefined ? "" : ` (${source})`}`,
    expected: first.expected,
    received: quoted(valueAt(values, first.path)),
    remedy: `${first.remedy}${also}`,
  });
}

function faultsOf(schema: z.ZodObject, values: unknown, issue: Issue): FieldFault[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField(schema, [...path, key]));
  const value = valueAt(values, path);
  const near = typeof value === "string" ? nearest(value, choices(issue).map(String)) : undefined;
  if (near !== undefined) return [{ path, expected: expectation(issue), remedy: `did you mean "${near}"?` }];
  const description = fieldDescription(
    schema,
    path.filter((part) => !/^\d+$/.test(part)),
  );
  const meaning = description === undefined ? "" : ` (${description})`;
  const remedy = issue.code === "custom" ? issue.message : value === undefined ? "add it" : "give it such a value";
  return [{ path, expected: expectation(issue), remedy: `${remedy}${meaning}` }];
}

function unknownField(schema: z.ZodObject, path: readonly string[]): FieldFault {
  const near = nearestField(schema, path);
  const parent = path.slice(0, -1).join(".");
  const remedy =
    near === undefined
      ? 'leave it out, or see "jepa recipes" for all fields'
      : near === path.join(".")
        ? `leave it out, or choose the kind of "${parent}" that has it`
        : `did you mean "${near}"?`;
  return { path, expected: parent === "" ? "a field of recipes" : `a field of "${parent}"`, remedy };
}

/** What would have been right, as the words after "expected". */
function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return kinds[issue.expected] ?? issue.expected;
    case "too_small":
      return bounded(issue.origin, issue.inclusive === true ? "at least" : "more than", issue.minimum);
    case "too_big":
      return bounded(issue.origin, issue.inclusive === true ? "at most" : "less than", issue.maximum);
    case "invalid_value":
    case "invalid_union":
      return alternatives(choices(issue));
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    default:
      return "another value";
  }
}

const kinds: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a word",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object with fields",
  null: "null",
};

function bounded(origin: string, relation: string, bound: number | bigint): string {
  if (origin === "array") return `a list of ${relation} ${bound} values`;
  if (origin === "string" && bound === 1) return "a word that is not empty";
  if (origin === "string") return `a word of ${relation} ${bound} letters`;
  return `a number of ${relation} ${bound}`;
}

function choices(issue: Issue): readonly unknown[] {
  if (issue.code === "invalid_value") return issue.values;
  return issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options) ? issue.options : [];
}

function alternatives(values: readonly unknown[]): string {
  const [only, ...others] = values.map((value) => JSON.stringify(value));
  if (only === undefined) return "a value of one of its forms";
  return others.length === 0 ? only : `one of ${[only, ...others].join(", ")}`;
}

/** The value at a path of fields and list indices. */
function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, values);
}

// Quotes tell the word "80" from the number 80.
function quoted(value: unknown): unknown {
  return typeof value === "string" ? JSON.stringify(value) : value;
}
