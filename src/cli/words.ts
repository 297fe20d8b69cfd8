// Which command is meant, and what else was typed. The verb may stand anywhere on the line (`jepa --json runs` is
// `jepa runs --json`), so it is found first; commander then takes the rest of the line apart.
import { nearest, UserError } from "../errors/index.ts";
import type { Command, Typed } from "./command.ts";
import { type Flags, flagName, meaning } from "./flags.ts";
import { commonFlags } from "./help.ts";

/** The line with its verb taken out. `command` is undefined where none was named, `family` where `data` stood alone. */
export interface Line {
  readonly command: Command | undefined;
  readonly family: string | undefined;
  readonly rest: readonly string[];
}

/**
 * Finds the command in the words of the line.
 * @throws UserError for a verb that does not exist, with the nearest one
 */
export function findCommand(words: readonly string[], commands: readonly Command[]): Line {
  const places = plainWords(words, commands);
  const [first, second] = places;
  if (first === undefined) return { command: undefined, family: undefined, rest: words };
  const verb = words[first] ?? "";
  const pair = second === undefined ? verb : `${verb} ${words[second]}`;
  // The longer name first: `classify train` is not `classify` of a picture named train (which is `./train`).
  const command = commands.find(({ name }) => name === pair) ?? commands.find(({ name }) => name === verb);
  if (command !== undefined) {
    const taken = places.slice(0, command.name.split(" ").length);
    return { command, family: undefined, rest: words.filter((_, place) => !taken.includes(place)) };
  }
  if (!commands.some(({ name }) => name.startsWith(`${verb} `))) throw unknownVerb(verb, commands, 0);
  if (second !== undefined) throw unknownVerb(pair, commands, 1);
  return { command: undefined, family: verb, rest: words.filter((_, place) => place !== first) };
}

/** The places of the words that are neither flags nor values of flags. */
function plainWords(words: readonly string[], commands: readonly Command[]): number[] {
  const valued = new Set(
    [commonFlags, ...commands.map(({ flags }) => flags)].flatMap((flags: Flags) =>
      Object.entries(flags).flatMap(([name, { placeholder }]) => (placeholder === undefined ? [] : [flagName(name)])),
    ),
  );
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  return words.flatMap((word, place) => {
    const plain = place < end && (!word.startsWith("-") || word === "-");
    return plain && !valued.has(words[place - 1] ?? "") ? [place] : [];
  });
}

function unknownVerb(verb: string, commands: readonly Command[], depth: 0 | 1): UserError {
  const names = commands.map(({ name }) => (depth === 0 ? (name.split(" ")[0] ?? name) : name));
  const near = nearest(verb, [...new Set(names)]);
  return new UserError({
    where: "jepa",
    expected: "one of its commands",
    received: verb,
    remedy: meaning(near === undefined ? undefined : `"jepa ${near}"`, "see them all with jepa --help"),
  });
}

/**
 * Takes the rest of the line apart by the command's flags, checks the number of its arguments, and reads the lines of
 * standard input for the argument `-`.
 * @throws UserError for an unknown flag (with the nearest one), a flag without its value, too many or too few arguments
 */
export async function takeApart(
  command: Command,
  rest: readonly string[],
  readLines: () => Promise<readonly string[]>,
): Promise<Typed> {
  const typed = await parse(rest, { ...command.flags, ...commonFlags }, `jepa ${command.name}`);
  const many = command.arguments.some(({ need }) => need === "many");
  const words =
    many && typed.words.includes("-")
      ? [...typed.words.filter((word) => word !== "-"), ...(await readLines())]
      : typed.words;
  checkArguments(command, words);
  return { words, flags: typed.flags };
}

/** Only the flags that every command has, where no command was named. */
export async function takeApartCommon(rest: readonly string[]): Promise<Typed> {
  return parse(rest, commonFlags, "jepa");
}

async function parse(rest: readonly string[], flags: Flags, usage: string): Promise<Typed> {
  const { Command: Parser, CommanderError } = await import("commander");
  const given = new Map<string, string[]>();
  const parser = new Parser()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const [name, { placeholder }] of Object.entries(flags)) {
    const collect = (word = "true"): void => void given.set(name, [...(given.get(name) ?? []), word]);
    const value = placeholder === undefined ? "" : " <value>";
    parser.option(`${name === "help" ? "-h, " : ""}${flagName(name)}${value}`, "", collect);
  }
  try {
    const { operands, unknown } = parser.parseOptions([...rest]);
    if (unknown[0] !== undefined) throw unknownFlag(unknown[0], flags, usage);
    return { words: operands, flags: given };
  } catch (error) {
    if (error instanceof CommanderError) throw withoutValue(error.message, usage);
    throw error;
  }
}

function unknownFlag(word: string, flags: Flags, usage: string): UserError {
  const typed = word.split("=")[0] ?? word;
  const near = nearest(typed, Object.keys(flags).map(flagName));
  return new UserError({
    where: usage,
    expected: "one of its flags",
    received: typed,
    remedy: `${meaning(near, "there is no such flag")} (${usage} --help)`,
  });
}

/** Commander's one remaining complaint: a flag at the end of the line that lacks its value. */
function withoutValue(message: string, usage: string): UserError {
  const flag = /--[a-z-]+/.exec(message)?.[0] ?? usage;
  return new UserError({ where: flag, expected: "a value", received: undefined, remedy: `see ${usage} --help` });
}

function checkArguments(command: Command, words: readonly string[]): void {
  const usage = `jepa ${command.name}`;
  const required = command.arguments.filter(({ need }) => need === "required");
  const missing = required[words.length];
  if (missing !== undefined) {
    const remedy = `${missing.describe} (${usage} --help)`;
    throw new UserError({ where: usage, expected: `<${missing.name}>`, received: undefined, remedy });
  }
  if (words.length > command.arguments.length && command.arguments.at(-1)?.need !== "many") {
    const expected = command.arguments.length === 0 ? "no argument" : `at most ${command.arguments.length} argument`;
    const received = words[command.arguments.length];
    throw new UserError({ where: usage, expected, received, remedy: `leave it out (${usage} --help)` });
  }
}
