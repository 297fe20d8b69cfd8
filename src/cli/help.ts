// The help texts, made from the records of the commands: one screen for `jepa`, one for each command.

import { type ColourChoice, colourChoices } from "./colour.ts";
import { type Argument, type Command, type Example, families, groups } from "./command.ts";
import { choice, type Flag, flagName, toggle } from "./flags.ts";

/** The flags of every command. */
export const commonFlags: {
  readonly [Name in "json" | "quiet" | "verbose" | "debug" | "offline" | "help" | "version"]: Flag<boolean>;
} & { readonly color: Flag<ColourChoice | undefined> } = {
  json: toggle("print the result as JSON (docs/json.md), errors included"),
  quiet: toggle("print only the result and errors"),
  verbose: toggle("say reasons and details as well"),
  color: choice("colour of the text", colourChoices),
  debug: toggle("show where in the code an error arose"),
  offline: toggle("open no network connection, and fail where one is needed"),
  help: toggle("show this help"),
  version: toggle("show the versions of jepa, its commit and its engine"),
};

/** The one-screen help of `jepa`: two examples, the commands by task, what they share. */
export function mainHelp(commands: readonly Command[], columns: number): string {
  const examples = commands.slice(0, 1).flatMap((command) => command.examples.slice(0, 2));
  return [
    "jepa: train, evaluate, look at and use joint-embedding predictive architectures",
    ...exampleLines(examples, columns),
    "",
    ...commandLines(commands),
    "",
    "All take --json --quiet --verbose --color <when> --debug --offline, and --help",
    ...wrapped("Exit codes:", "0 done, 1 failed, 2 misused, 3 check not met, 130 interrupted", { columns }),
  ].join("\n");
}

/** A line a command, or a family of commands; the first of a task begins with its name. */
function commandLines(commands: readonly Command[]): string[] {
  const headings = Object.values(groups);
  const wide = Math.max(...headings.map((heading) => heading.length));
  const rows = Object.entries(groups).flatMap(([group, heading]) => {
    const members = commands.filter((member) => member.group === group);
    const firsts = [...new Set(members.map(({ name }) => name.split(" ")[0]))];
    return firsts.map((first, i) => {
      const own = members.find(({ name }) => name === first);
      return { heading: i === 0 ? heading : "", first, summary: families[first] ?? own?.summary ?? "" };
    });
  });
  const names = Math.max(...rows.map(({ first }) => first.length));
  return rows.map(({ heading, first, summary }) => {
    return `${heading.padEnd(wide)}  ${first.padEnd(names)}  ${summary}`;
  });
}

/** The help of one command. */
export function commandHelp(command: Command, columns: number): string {
  const { name, summary, description, examples, flags } = command;
  const usage = ["jepa", name, ...command.arguments.map(argumentUsage), "[flags]"].join(" ");
  return [
    `${usage}\n\n${summary}`,
    wrapped("", description ?? "", { columns })
      .join("\n")
      .trim(),
    exampleLines(examples, columns).join("\n"),
    section(
      "Arguments",
      command.arguments.map(({ name: argument, describe }) => [argument, describe]),
      columns,
    ),
    section("Flags", Object.entries(flags).map(flagRow), columns),
    section("Flags of every command", Object.entries(commonFlags).map(flagRow), columns),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** The help of a family, such as `jepa data`. */
export function familyHelp(family: string, members: readonly Command[], columns: number): string {
  const rows = members.map(({ name, summary }): Row => [name, summary]);
  return [`jepa ${family} <command>`, section("Commands", rows, columns)].join("\n\n");
}

type Row = readonly [string, string];

function argumentUsage({ name, need }: Argument): string {
  if (need === "required") return `<${name}>`;
  return need === "optional" ? `[${name}]` : `[${name}...]`;
}

function flagRow([name, { placeholder, describe, variable }]: [string, Flag<unknown>]): Row {
  const value = placeholder === undefined ? "" : ` <${placeholder}>`;
  return [`${flagName(name)}${value}`, variable === undefined ? describe : `${describe} (else ${variable})`];
}

function exampleLines(examples: readonly Example[], columns: number): string[] {
  const wide = Math.max(...examples.map(({ line }) => line.length));
  return examples.flatMap(({ line, comment }) => wrapped(`  ${line.padEnd(wide)} `, comment, { columns }));
}

function section(heading: string, rows: readonly Row[], columns: number): string {
  if (rows.length === 0) return "";
  const wide = Math.max(...rows.map(([name]) => name.length));
  return [heading, ...rows.flatMap(([name, text]) => wrapped(`  ${name.padEnd(wide)} `, text, { columns }))].join("\n");
}

/** `label text`, broken between words at `columns`; later lines stand under the first word of the text. */
function wrapped(label: string, text: string, { columns }: { columns: number }): string[] {
  const indent = " ".repeat(Math.min(label.length, 31));
  const lines: string[] = [];
  let line = label;
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > columns && line.trim() !== "") {
      lines.push(line);
      line = indent;
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
