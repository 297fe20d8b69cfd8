import { expect, test } from "vitest";
import { tableText } from "./table.ts";

test("columns are as wide as their longest cell, numbers stand to the right, lines end without spaces", () => {
  const columns = [{ heading: "run" }, { heading: "step", align: "right" as const }, { heading: "state" }];
  expect(
    tableText(columns, [
      ["demo", "12000", "running"],
      ["a longer name", "3"],
    ]),
  ).toBe(["run             step  state", "demo           12000  running", "a longer name      3"].join("\n"));
});

test("cells can neither drive the terminal nor break the line", () => {
  expect(tableText([{ heading: "run" }], [["\u001b[31mred\nnext"]])).toBe("run\n\\u001b[31mred\\u000anext");
});
