// One line of the command line from its words to its exit code.
// Ends no process and reads nothing global: `main.ts` does.
import { colourChoices } from "./colour.ts";
import type { Command, Outcome, Typed } from "./command.ts";
import { readFlags } from "./flags.ts";
import { commandHelp, commonFlags, familyHelp, mainHelp } from "./help.ts";
import { type Manner, Terminal, type World } from "./terminal.ts";
import { findCommand, type Line, takeApart, takeApartCommon } from "./words.ts";

/**
 * Runs what the words say with the commands there are; everything
 * thrown is told to the person and becomes an exit code.
 */
export async function runCommandLine(
  words: readonly string[],
  commands: readonly Command[],
  world: World,
): Promise<Outcome> {
  const [first, ...asked] = words;
  if (first === "help") return runCommandLine([...asked, "--help"], commands, world); // as git and npm have it
  const options = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
  let terminal = new Terminal(world, hastyManner(options));
  try {
    const line = findCommand(words, commands);
    if (options.includes("--help") || options.includes("-h")) return help(line, commands, terminal);
    if (options.includes("--version")) return await version(terminal);
    const typed = await typedOn(line, world);
    terminal = new Terminal(world, mannerOf(typed, world));
    if (line.command === undefined) return help(line, commands, terminal);
    if (terminal.manner.offline) world.shutNetwork();
    return await line.command.execute(typed, terminal);
  } catch (error) {
    const { tell } = await import("./failure.ts");
    return tell(error, terminal);
  } finally {
    terminal.close();
  }
}

/**
 * The manner as far as it can be seen before the line is taken apart: for the errors in taking it apart, and for help.
 */
function hastyManner(options: readonly string[]): Manner {
  const given = (name: string): boolean => options.includes(`--${name}`);
  const color = colourChoices.find((choice) => /--color[= ](\w+)/.exec(options.join(" "))?.[1] === choice) ?? "auto";
  const [json, quiet, verbose, debug] = [given("json"), given("quiet"), given("verbose"), given("debug")];
  return { json, quiet, verbose, debug, offline: false, color };
}

async function typedOn(line: Line, world: World): Promise<Typed> {
  return line.command === undefined ? takeApartCommon(line.rest) : takeApart(line.command, line.rest, world.readLines);
}

function mannerOf(typed: Typed, world: World): Manner {
  const { color = "auto", ...manner } = readFlags(commonFlags, typed.flags, world.environment);
  return { ...manner, color };
}

function help({ command, family }: Line, commands: readonly Command[], terminal: Terminal): Outcome {
  const columns = Math.max(40, Math.min(terminal.world.stdout.columns ?? 80, 100));
  const members = commands.filter(({ name }) => name.startsWith(`${family} `));
  const text = (): string => {
    if (command !== undefined) return commandHelp(command, columns);
    return family === undefined ? mainHelp(commands, columns) : familyHelp(family, members, columns);
  };
  terminal.result({ json: { help: text() }, text });
  return 0;
}

async function version(terminal: Terminal): Promise<Outcome> {
  const { versionLine, versions } = await import("./version.ts");
  const found = versions();
  terminal.result({ json: { versions: found }, text: () => versionLine(found) });
  return 0;
}
