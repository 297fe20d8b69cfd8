// A command is a record: what it does, what it takes, and one function. Parser, types and help
// are all made from it. `load` brings in the library function only when the command runs, so
// that `--help` starts fast (commander, zod, sharp and the engine stay on disk); `run`
// validates, calls the library, prints, and returns the exit code (nothing means 0).
import { type Flags, readFlags, type Values } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** How the help groups the commands, in this order. */
export const groups = {
  learn: "Learn",
  look: "Look",
  use: "Use",
  data: "Prepare",
  machine: "Machine",
} as const;

/** What the help says of commands that share their first word. */
export const families: Readonly<Record<string, string>> = {
  data: "fetch, show, export: a data set, or a folder of pictures",
  classify: "Name what pictures show; train: on classes of your own",
};

/** 0 done, 1 failed, 2 misused, 3 a check not met, 130 interrupted. */
export type Outcome = 0 | 1 | 2 | 3 | 130;

/** An argument that is not a flag. Only the last may be `many`. */
export interface Argument {
  readonly name: string;
  readonly describe: string;
  readonly need: "required" | "optional" | "many";
}

/** A line that shows how to use the command; `comment` says what it does. */
export interface Example {
  readonly line: string;
  readonly comment: string;
}

/** What was typed after the command: its arguments, and each flag's texts by the flag's name in the record. */
export interface Typed {
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

interface Facts {
  /** One word, or two for a command of a family (`data fetch`). */
  readonly name: string;
  readonly group: keyof typeof groups;
  readonly summary: string;
  /** What one screen of help should add to the summary; few lines. */
  readonly description?: string;
  readonly arguments: readonly Argument[];
  /** The first one is short work on any machine. */
  readonly examples: readonly [Example, ...Example[]];
}

/** What the command line knows of a command. */
export interface Command extends Facts {
  readonly flags: Flags;
  readonly execute: (typed: Typed, terminal: Terminal) => Promise<Outcome>;
}

/** A command as its file writes it. */
export interface Definition<F extends Flags, Library> extends Facts {
  readonly flags: F;
  readonly load: () => Promise<Library>;
  readonly run: (
    library: Library,
    input: { readonly words: readonly string[]; readonly flags: Values<F> },
    terminal: Terminal,
  ) => Promise<Outcome | undefined>;
}

/** Makes a command of its record. Flags are checked before anything is loaded. */
export function command<F extends Flags, Library>(definition: Definition<F, Library>): Command {
  const { load, run, ...facts } = definition;
  return {
    ...facts,
    execute: async (typed, terminal) => {
      const flags = readFlags(definition.flags, typed.flags, terminal.environment);
      const library = await load();
      return (await run(library, { words: typed.words, flags }, terminal)) ?? 0;
    },
  };
}
