// What holds for every command there is, found from the list: a new one is tested by being added to it.
import { describe, expect, test } from "vitest";
import { flagName, readFlags } from "./flags.ts";
import { commonFlags } from "./help.ts";
import { commands } from "./verbs.ts";
import { findCommand, takeApart } from "./words.ts";
import { told } from "./world.fixture.ts";

const widthOf = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

test("jepa --help fits one screen of 24 lines and 80 columns and names every command", async () => {
  const { out } = await told([], commands);
  expect(out.trimEnd().split("\n").length).toBeLessThanOrEqual(24);
  expect(widthOf(out)).toBeLessThanOrEqual(80);
  for (const { name } of commands) {
    const [first, second] = name.split(" ");
    expect(out).toContain(`  ${first} `);
    if (second !== undefined) expect(out).toMatch(new RegExp(`  ${first} .*\\b${second}\\b`));
  }
});

test("names are unique, and a flag is a switch everywhere or nowhere", () => {
  expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
  const kinds = new Map<string, Set<boolean>>();
  for (const flags of [commonFlags, ...commands.map((command) => command.flags)]) {
    for (const [name, { placeholder }] of Object.entries(flags)) {
      kinds.set(name, (kinds.get(name) ?? new Set()).add(placeholder === undefined));
    }
  }
  expect([...kinds].filter(([, kind]) => kind.size > 1)).toEqual([]);
});

describe.each(commands.map((command) => [command.name, command] as const))("jepa %s", (name, command) => {
  test("has a help of at most 80 columns with its examples", async () => {
    const { code, out } = await told([...name.split(" "), "--help"], commands);
    expect(code).toBe(0);
    expect(widthOf(out)).toBeLessThanOrEqual(80);
    for (const { line } of command.examples) expect(out).toContain(line);
  });

  test("has examples that are commands of its own, with flags and values that are accepted", async () => {
    for (const { line } of command.examples) {
      const [program, ...words] = line.split(" ");
      const found = findCommand(words, commands);
      expect([program, found.command?.name]).toEqual(["jepa", name]);
      const typed = await takeApart(command, found.rest, async () => []);
      readFlags(command.flags, typed.flags, {});
    }
  });

  test("shares no flag with what every command takes", () => {
    expect(Object.keys(command.flags).filter((flag) => flag in commonFlags)).toEqual([]);
    for (const flag of Object.keys(command.flags)) expect(flagName(flag)).toMatch(/^--[a-z]+(-[a-z]+)*$/);
  });

  test("tells a misuse as one JSON value and exit code 2", async () => {
    const { code, out } = await told([...name.split(" "), "--no-such-flag", "--json"], commands);
    expect([code, out.trimEnd().split("\n").length]).toEqual([2, 1]);
    expect(JSON.parse(out)).toMatchObject({ version: 1, error: { exitCode: 2, received: "--no-such-flag" } });
  });
});
