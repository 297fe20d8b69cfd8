// Claims: a command and a family may begin with the same word, and the longer name is meant where both could be.

import { expect, test } from "vitest";
import { command } from "./command.ts";
import { text } from "./flags.ts";
import { findCommand } from "./words.ts";
import { told } from "./world.fixture.ts";

const commands = ["classify", "classify train"].map((name) =>
  command({
    name,
    group: "use",
    summary: name,
    arguments: [{ name: "pictures", describe: "pictures", need: "many" }],
    examples: [{ line: `jepa ${name} a`, comment: name }],
    flags: { with: text("the head", { placeholder: "head" }) },
    load: async () => undefined,
    run: async (_, { words }, terminal) => {
      terminal.result({ json: { name, words }, text: () => [name, ...words].join(" ") });
      return undefined;
    },
  }),
);

const found = (line: string) => {
  const { command: meant, rest } = findCommand(line.split(" "), commands);
  return [meant?.name, rest.join(" ")];
};

test("the command alone, with words after it, and its longer sister are told apart", () => {
  expect(found("classify")).toEqual(["classify", ""]);
  expect(found("classify a.png b.png")).toEqual(["classify", "a.png b.png"]);
  expect(found("classify train pictures")).toEqual(["classify train", "pictures"]);
  expect(found("--json classify --with head train pictures")).toEqual([
    "classify train",
    "--json --with head pictures",
  ]);
});

test("a picture, a value or a later word that is called train is none of the name", () => {
  expect(found("classify ./train")).toEqual(["classify", "./train"]);
  expect(found("classify -- train")).toEqual(["classify", "-- train"]);
  expect(found("classify --with train a.png")).toEqual(["classify", "--with train a.png"]);
  expect(found("classify a.png train")).toEqual(["classify", "a.png train"]);
});

test("each has its own help and its own run", async () => {
  expect((await told(["classify", "--help"], commands)).out).toContain("jepa classify [pictures...] [flags]");
  expect((await told(["classify", "train", "--help"], commands)).out).toContain("jepa classify train [pictures...]");
  expect((await told(["classify", "train", "x"], commands)).out).toBe("classify train x\n");
  expect((await told(["classify", "x"], commands)).out).toBe("classify x\n");
});
