// The help texts, made from the records of the commands: one screen for `jepa`, one for each command.

import { type ColourChoice, colourChoices } from "./colour.ts";
import { type Argument, type Command, type Example, groups } from "./command.ts";
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
  const wide = Math.max(...commands.map(({ name }) => name.length));
  const tasks = Object.entries(groups).flatMap(([group, heading]) => {
    const members = commands.filter((member) => member.group === group);
    if (members.length === 0) return [];
    return [heading, ...members.map(({ name, summary }) => `  ${name.padEnd(wide)}  ${summary}`)];
  });
  return [
    "jepa: train, evaluate and look at joint-embedding predictive architectures",
    "",
    ...exampleLines(
      commands.slice(0, 1).flatMap(({ examples }) => examples.slice(0, 2)),
      columns,
    ),
    "",
    ...tasks,
    "",
    ...wrapped("Every command takes", "--json --quiet --verbose --color <when> --debug --offline", { columns }),
    ...wrapped("Exit codes:", "0 done, 1 failed, 2 misused, 3 check not met, 130 interrupted", { columns }),
    "jepa <command> --help tells more.",
  ].join("\n");
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
