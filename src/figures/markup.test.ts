import fc from "fast-check";
import { expect, test } from "vitest";
import { element, serialise } from "./markup.ts";

test("text and attributes of any kind stay text: no tag, quote or entity gets through", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "/", "a", "\u0000", "é", "😀") }),
      (text) => {
        const written = serialise(element("p", { title: text }, text));
        const inside = written.slice('<p title="'.length, -"</p>".length);
        expect(written.startsWith('<p title="')).toBe(true);
        expect(inside.split('">')).toHaveLength(2);
        expect(inside.replace('">', "")).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      },
    ),
  );
});

test("control characters are shown by their pictures, tab and new line stay", () => {
  expect(serialise("a\u0000b\u001b[31m\u007f\u0085\tc\n")).toBe("a␀b␛[31m␡\ufffd\tc\n");
});

test("numbers are written with two decimals at most, and undefined attributes not at all", () => {
  expect(serialise(element("rect", { x: 1 / 3, y: 2, class: undefined }))).toBe('<rect x="0.33" y="2"></rect>');
});

test("elements without content have no end tag", () => {
  expect(serialise(element("p", {}, ["a", element("br"), "b"]))).toBe("<p>a<br>b</p>");
});

test("style rules are written as they are, and refuse to end their element", () => {
  expect(serialise(element("style", {}, "p>a{color:red}"))).toBe("<style>p>a{color:red}</style>");
  expect(() => serialise(element("style", {}, "</style><script>"))).toThrow(/internal/);
});
