// JSON of a model's directory, checked: what is wrong is told by the field.

import type { z } from "zod";
import type { UserError } from "../errors/index.ts";

/** Makes the fault of a file. */
export type Refusal = (expected: string, received: unknown) => UserError;

/** Throws the refusal where the text is not JSON. */
export function parseJson(text: string, refuse: Refusal): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse("JSON", cause);
  }
}

/** The value of a schema. Throws the refusal, which names the first field that is wrong. */
export function soundValue<Value>(schema: z.ZodType<Value>, json: unknown, refuse: Refusal): Value {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`a sound value of ${issue.path.join(".")}`, issue.message);
}
