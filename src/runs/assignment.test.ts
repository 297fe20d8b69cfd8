import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors/index.ts";
import { parseAssignment, parseValue, splitAssignments } from "./assignment.ts";

const parsed = (text: string, onlyWords = false): unknown => parseValue({ path: ["field"], text }, onlyWords);

describe("an assignment", () => {
  it("is split at its first equals sign", () => {
    expect(parseAssignment("data.source=a=b", "--set")).toEqual({ path: ["data", "source"], text: "a=b" });
    expect(parseAssignment(" training.steps = 80 ", "--set")).toEqual({ path: ["training", "steps"], text: "80" });
  });

  it.each(["training.steps", "=80", "training..steps=80", ".=1", ""])("is refused as %j", (text) => {
    expect(() => parseAssignment(text, "JEPA_SET")).toThrow(UserError);
    expect(() => parseAssignment(text, "JEPA_SET")).toThrow(
      /^JEPA_SET: expected path=value, received ".*": write, for/,
    );
  });

  it.each([
    ["80", 80],
    ["-1.5e-3", -0.0015],
    ["true", true],
    ["null", null],
    ["[0.9, 1]", [0.9, 1]],
    ['"80"', "80"],
    ['{"kind":"fixed"}', { kind: "fixed" }],
    ["cifar10", "cifar10"],
    ["", ""],
    // What other languages read as numbers is not guessed at: the schema then refuses the word.
    ["12_000", "12_000"],
    ["0x10", "0x10"],
    [".5", ".5"],
    ["+3", "+3"],
    ["1,5", "1,5"],
    ["NaN", "NaN"],
    ["True", "True"],
  ])("gives for %j the value %j", (text, value) => {
    expect(parsed(text)).toEqual(value);
  });

  it.each([
    ["2024", "2024"],
    ["true", "true"],
    ["[x", "[x"],
    ['"quoted"', "quoted"],
  ])("gives for %j in a field of words the word %j", (text, word) => {
    expect(parsed(text, true)).toBe(word);
  });

  it.each(["[0.9", "{kind:1}", '"open'])("refuses %j, which begins like JSON and is none", (text) => {
    expect(() => parsed(text)).toThrow(/^recipe field "field": expected a value in JSON, such as 80 or \[0.9, 1\]/);
  });

  it("has at most 100 names in its path and 100 levels in its value, however many are given", () => {
    const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
    expect(parsed(deep(100))).toBeInstanceOf(Array);
    for (const levels of [101, 20_000]) {
      expect(() => parsed(deep(levels))).toThrow(
        /^recipe field "field": expected a value in JSON.*, received more than 100 levels of lists and objects/,
      );
      const path = Array.from({ length: levels }, () => "a").join(".");
      expect(() => parseAssignment(`${path}=1`, "--set")).toThrow(
        `--set: expected a path of at most 100 names, received one of ${levels}`,
      );
    }
  });

  it("gives back every value that was written as JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parsed(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("stands beside others in JEPA_SET, between semicolons or on lines", () => {
    expect(splitAssignments("a=1; b.c=[1, 2];\n d=x y\n")).toEqual(["a=1", "b.c=[1, 2]", "d=x y"]);
  });
});
