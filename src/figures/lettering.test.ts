import { expect, test } from "vitest";
import { fitted, label, outlined, textRoom, textWidth, wrapped } from "./lettering.ts";
import { element, serialise } from "./markup.ts";

test("an outlined text has a contour for each letter and no text element left", () => {
  const written = serialise(outlined(element("g", {}, label(10, 20, "Loss fell"))));
  expect(written).not.toContain("<text");
  expect(written.match(/<path/g)).toHaveLength("Loss fell".length);
  expect(written).toContain("translate(10 20)");
});

test("text anchored at its end finishes at its place", () => {
  // "ii" set at 500 units per em at size 500 is as many pixels as units wide.
  const written = serialise(outlined(label(0, 0, "ii", { size: 500, anchor: "end" })));
  expect(written).toContain(`translate(${(-textWidth("ii", 500)).toFixed(1)})`);
});

test("a text with a letter that has no outline stays text in any sans-serif", () => {
  expect(serialise(outlined(label(0, 0, "狐")))).toMatch(/<text[^>]*font-family="sans-serif"[^>]*>狐<\/text>/);
});

test("wrapped lines fit and together are the text", () => {
  const text = "Principal components one, two and three as red, green and blue";
  const lines = wrapped(text, 12, 120);
  expect(lines.join(" ")).toBe(text);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(120);
});

test("a long label is cut to its room and shows that it was", () => {
  const cut = fitted("an extraordinarily long class name", 12, 80);
  expect(cut).toMatch(/^an ex.*…$/);
  expect(textRoom(cut, 12)).toBeLessThanOrEqual(80);
  expect(fitted("cat", 12, 80)).toBe("cat");
});
