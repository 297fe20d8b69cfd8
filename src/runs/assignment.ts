// `path=value` as written after --set and in JEPA_SET. A value is JSON (80, 1e-3, true,
// null, [0.9, 1], "word"); anything that is not JSON is a word, and so is everything for a
// field that takes only words. No other way of writing numbers is guessed at.

import { UserError } from "../errors/index.ts";
import { mostLevels, parseShallow } from "./json-depth.ts";

/** One assignment, its value still a text. */
export interface Assignment {
  readonly path: readonly string[];
  readonly text: string;
}

/**
 * Takes `training.steps=80` apart. Throws UserError where there is no `=`, an empty name in the path, or too many
 * names.
 *
 * @param where what the assignment was given by: `--set` or `JEPA_SET`
 */
export function parseAssignment(assignment: string, where: string): Assignment {
  const equals = assignment.indexOf("=");
  const path = assignment
    .slice(0, Math.max(0, equals))
    .split(".")
    .map((name) => name.trim());
  if (equals < 0 || path.includes("")) {
    throw new UserError({
      where,
      expected: "path=value",
      received: JSON.stringify(assignment),
      remedy: "write, for example, training.steps=80",
    });
  }
  if (path.length > mostLevels) {
    const [expected, received] = [`a path of at most ${mostLevels} names`, `one of ${path.length}`];
    throw new UserError({ where, expected, received, remedy: "write, for example, training.steps=80" });
  }
  return { path, text: assignment.slice(equals + 1).trim() };
}

/**
 * The value that a text stands for.
 *
 * @param onlyWords whether the field takes words and nothing else: then 2024 is the word "2024"
 * @throws UserError where a list, an object or a quoted word is not complete JSON, or has too many levels
 */
export function parseValue({ path, text }: Assignment, onlyWords: boolean): unknown {
  try {
    const value = parseShallow(text);
    return onlyWords && typeof value !== "string" ? text : value;
  } catch (cause) {
    if (onlyWords || !/^[[{"]/.test(text)) return text;
    const fault = { where: `recipe field "${path.join(".")}"`, expected: "a value in JSON, such as 80 or [0.9, 1]" };
    if (cause instanceof RangeError) throw new UserError({ ...fault, received: cause, remedy: "write a flatter one" });
    throw new UserError({ ...fault, received: text, remedy: "complete it, and quote it for the shell" }, { cause });
  }
}

/** Splits the text of JEPA_SET into assignments; they are separated by semicolons or line ends. */
export function splitAssignments(text: string): string[] {
  return text
    .split(/[;\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
