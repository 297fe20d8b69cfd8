// The kinds of flags: each is a description for the help, and a reader that turns what was typed into a checked value.
// The flags of a verb are a record of these; their values have the types that the readers return.
import { nearest, UserError } from "../errors/index.ts";

/** A flag that gives a `T`. `read` gets what was typed (one text each time the flag was given) and the flag's name. */
export interface Flag<T> {
  readonly describe: string;
  /** What stands for the value in the help (`<name>`); a flag without one is a switch. */
  readonly placeholder: string | undefined;
  /** The environment variable that is read where the flag isn't given. */
  readonly variable: string | undefined;
  readonly read: (given: readonly string[], where: string) => T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of a record of flags. */
export type Values<F extends Flags> = { readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

interface Details {
  readonly placeholder?: string;
  readonly variable?: string;
}

/** A switch: false, or true when given. */
export function toggle(describe: string): Flag<boolean> {
  return { describe, placeholder: undefined, variable: undefined, read: (given) => given.length > 0 };
}

/** Any text but an empty one. Of several the last counts. */
export function text(describe: string, details: Details = {}): Flag<string | undefined> {
  return flag(describe, { placeholder: "text", ...details }, (word, where) => {
    if (word !== "") return word;
    throw new UserError({ where, expected: "some text", received: word, remedy: "give it a value" });
  });
}

/** One of a few words. */
export function choice<const C extends string>(
  describe: string,
  choices: readonly C[],
  details: Details = {},
): Flag<C | undefined> {
  return flag(describe, { placeholder: choices.join("|"), ...details }, (word, where) => {
    const chosen = choices.find((candidate) => candidate === word);
    if (chosen !== undefined) return chosen;
    throw new UserError({
      where,
      expected: `one of ${choices.join(", ")}`,
      received: word,
      remedy: meaning(nearest(word, choices), `use ${choices[0] ?? "another"}`),
    });
  });
}

/** The range of a number, both ends included. */
export interface Range {
  readonly minimum: number;
  readonly maximum: number;
  readonly whole: boolean;
}

/** A number in a range. */
export function number(describe: string, range: Range, details: Details = {}): Flag<number | undefined> {
  const { minimum, maximum, whole } = range;
  return flag(describe, { placeholder: "number", ...details }, (word, where) => {
    const value = word.trim() === "" ? Number.NaN : Number(word);
    if (value >= minimum && value <= maximum && (!whole || Number.isInteger(value))) return value;
    const expected = `a ${whole ? "whole " : ""}number from ${minimum} to ${maximum}`;
    throw new UserError({ where, expected, received: word, remedy: `give one, such as ${where} ${minimum}` });
  });
}

/** Any number of texts, such as `path=value` for `--set`; what they mean is the library's business. */
export function texts(describe: string, details: Details = {}): Flag<readonly string[]> {
  const { placeholder = "text", variable } = details;
  return { describe, placeholder, variable, read: (given) => given };
}

function flag<T>(
  describe: string,
  { placeholder, variable }: Details,
  read: (word: string, where: string) => T,
): Flag<T | undefined> {
  return {
    describe,
    placeholder,
    variable,
    read: (given, where) => {
      const last = given.at(-1);
      return last === undefined ? undefined : read(last, where);
    },
  };
}

/** The remedy of a word that may be a slip of the hand. */
export function meaning(near: string | undefined, otherwise: string): string {
  return near === undefined ? otherwise : `did you mean ${near}?`;
}

/** The checked values of `flags`: what was typed, else the flag's environment variable. */
export function readFlags<F extends Flags>(
  flags: F,
  given: ReadonlyMap<string, readonly string[]>,
  environment: Readonly<Record<string, string | undefined>>,
): Values<F>;
export function readFlags(
  flags: Flags,
  given: ReadonlyMap<string, readonly string[]>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { read, variable }]) => {
      const typed = given.get(name);
      if (typed !== undefined) return [name, read(typed, flagName(name))];
      const inherited = variable === undefined ? undefined : environment[variable];
      return [name, inherited ? read([inherited], variable ?? name) : read([], flagName(name))];
    }),
  );
}

/** `checkpointEvery` as it is typed: `--checkpoint-every`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
