// What fields a schema has: found by walking it, so that names, nearest names and descriptions need no second list.

import { z } from "zod";
import { nearest } from "../errors/index.ts";
import { isFields } from "./leaves.ts";

/** A schema as a value of unknown form; the walk looks at what it really is. */
type Schema = z.core.$ZodType;

/** The members of a field's schema once defaults, null and "may be absent" are taken off and unions are opened. */
function members(schema: Schema): Schema[] {
  if (isWrapper(schema)) {
    return members(schema.unwrap());
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(members);
  return [schema];
}

function isWrapper(schema: Schema): schema is z.ZodOptional | z.ZodNullable | z.ZodDefault | z.ZodPrefault {
  return [z.ZodOptional, z.ZodNullable, z.ZodDefault, z.ZodPrefault].some((wrapper) => schema instanceof wrapper);
}

/** Schemas of the field at a path, one for each member of a union; none where there is no such field. */
export function fieldSchemas(schema: Schema, path: readonly string[]): Schema[] {
  const [key, ...rest] = path;
  if (key === undefined) return members(schema);
  return childrenOf(schema, key).flatMap((child) => fieldSchemas(child, rest));
}

/** Schemas of a field right below `schema`, as written there. */
function childrenOf(schema: Schema, key: string): Schema[] {
  return members(schema).flatMap((member) => {
    if (!(member instanceof z.ZodObject) || !Object.hasOwn(member.shape, key)) return [];
    return member.shape[key] ?? [];
  });
}

/** Dotted paths of all fields below a schema, of every member of its unions. */
export function fieldPaths(schema: Schema, path = ""): string[] {
  const objects = members(schema).filter((member) => member instanceof z.ZodObject);
  if (objects.length === 0) return path === "" ? [] : [path];
  const below = objects.flatMap((member) =>
    Object.entries(member.shape).flatMap(([key, child]) => fieldPaths(child, path === "" ? key : `${path}.${key}`)),
  );
  return [...new Set(path === "" ? below : [path, ...below])];
}

/** A field of a recipe: its dotted path, its value (undefined where it is absent) and what it means. */
export interface FieldValue {
  readonly path: string;
  readonly value: unknown;
  readonly description: string | undefined;
}

/** All fields that `value` has or may have, in the schema's order; of a union only those of the member that it is. */
export function fieldValues(schema: Schema, value: unknown, path = "", description?: string): FieldValue[] {
  const forms = members(schema).filter((member) => member instanceof z.ZodObject);
  const form = forms.find((member) => member.safeParse(value).success);
  if (form === undefined || !isFields(value)) return [{ path, value, description }];
  return Object.entries(form.shape).flatMap(([key, child]) =>
    fieldValues(child, value[key], path === "" ? key : `${path}.${key}`, descriptionOf(child)),
  );
}

/** The description of the field at a path, as its schema gives it. */
export function fieldDescription(schema: Schema, path: readonly string[]): string | undefined {
  const parents = fieldSchemas(schema, path.slice(0, -1));
  const fields = parents.flatMap((parent) => childrenOf(parent, path.at(-1) ?? ""));
  return fields.map(descriptionOf).find((text) => text !== undefined);
}

function descriptionOf(schema: Schema): string | undefined {
  return z.globalRegistry.get(schema)?.description;
}

/**
 * The field that an unknown one was probably meant to be: a slip in its last word, or the right word in the wrong place
 * (`steps` for `training.steps`).
 */
export function nearestField(schema: Schema, path: readonly string[]): string | undefined {
  const paths = fieldPaths(schema);
  const parent = path.slice(0, -1).join(".");
  const word = path.at(-1) ?? "";
  const last = (field: string) => field.slice(field.lastIndexOf(".") + 1);
  const siblings = paths.filter((field) => field.slice(0, Math.max(0, field.lastIndexOf("."))) === parent);
  const sibling = nearest(word, siblings.map(last));
  if (sibling !== undefined) return siblings.find((field) => last(field) === sibling);
  const elsewhere = paths.find((field) => last(field) === word);
  return elsewhere ?? nearest(path.join("."), paths);
}

/** Whether null at this path says that the field, which may be absent, shall be absent. */
export function meansAbsent(schema: Schema, path: readonly string[]): boolean {
  const written = fieldSchemas(schema, path.slice(0, -1)).flatMap((parent) => childrenOf(parent, path.at(-1) ?? ""));
  return (
    written.length > 0 && written.every((field) => field instanceof z.ZodOptional && !z.safeParse(field, null).success)
  );
}

/** Whether a text can only be meant as a word at this path: the field takes strings and nothing else. */
export function takesOnlyWords(schema: Schema, path: readonly string[]): boolean {
  const fields = fieldSchemas(schema, path);
  return (
    fields.length > 0 &&
    fields.every((field) => field instanceof z.ZodString || field instanceof z.ZodEnum || isLiteralWord(field))
  );
}

function isLiteralWord(schema: Schema): boolean {
  return schema instanceof z.ZodLiteral && [...schema.values].every((value) => typeof value === "string");
}
