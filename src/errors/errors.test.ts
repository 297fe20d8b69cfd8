import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CorruptFile, Interrupted, nearest, ShapeError, UserError } from "./index.ts";

const fault = {
  where: "data.crop",
  expected: "a multiple of the patch size 16",
  received: 225,
  remedy: "use 224 or 240",
};

describe("UserError", () => {
  it("says where, expected, received and remedy in one sentence", () => {
    expect(new UserError(fault).message).toBe(
      "data.crop: expected a multiple of the patch size 16, received 225: use 224 or 240",
    );
  });

  it("keeps its four parts as data", () => {
    expect(new UserError(fault)).toMatchObject(fault);
  });

  it("means misuse (2) unless another exit code is given", () => {
    expect(new UserError(fault).exitCode).toBe(2);
    expect(new UserError(fault, { exitCode: 1 }).exitCode).toBe(1);
  });

  it("keeps the cause, and has none where none was given", () => {
    const cause = new Error("ENOSPC");
    expect(new UserError(fault, { cause }).cause).toBe(cause);
    expect("cause" in new UserError(fault)).toBe(false);
  });

  it("is told apart by class and by name", () => {
    const shape = new ShapeError(fault);
    expect(shape).toBeInstanceOf(UserError);
    expect([shape.name, new CorruptFile(fault).name, new Interrupted().name]).toEqual([
      "ShapeError",
      "CorruptFile",
      "Interrupted",
    ]);
    expect(new Interrupted()).not.toBeInstanceOf(UserError);
  });

  it.each([
    { text: "nothing", received: undefined },
    { text: '""', received: "" },
    { text: "null", received: null },
    { text: "[1,2]", received: [1, 2] },
    { text: '{"crop":8}', received: { crop: 8 } },
    { text: "7", received: 7n },
    { text: "no such file", received: new Error("no such file") },
  ])("shows the received value as $text", ({ received, text }) => {
    expect(new UserError({ ...fault, received }).message).toContain(`, received ${text}: `);
  });

  it("shows a value that holds itself", () => {
    const ring: Record<string, unknown> = {};
    ring.ring = ring;
    expect(new UserError({ ...fault, received: ring }).message).toContain("[object Object]");
  });

  it("cuts long values at 200 characters", () => {
    const { message } = new UserError({ ...fault, received: "x".repeat(5000) });
    expect(message).toContain(`${"x".repeat(200)}...: use`);
  });

  it("never sends a control character to the terminal", () => {
    const { message } = new UserError({ ...fault, received: "\u001b[2Jname" });
    expect(message).toContain("\\u001b[2Jname");
  });
});

describe("nearest", () => {
  const fields = ["crop", "scale", "source", "workers", "learningRate"];

  it.each([
    ["corp", "crop"],
    ["scal", "scale"],
    ["Workers", "workers"],
    ["lerningrate", "learningRate"],
    ["rate", "learningRate"],
    ["momentum", undefined],
    ["", undefined],
  ])("takes %s for %s", (word, expected) => {
    expect(nearest(word, fields)).toBe(expected);
  });

  it("takes a part for the whole before a slip, and a word for itself before either", () => {
    expect(nearest("gpu", ["cpu", "webgpu"])).toBe("webgpu");
    expect(nearest("gpu", ["webgpu", "cpu", "gpu"])).toBe("gpu");
  });

  it("counts a swap of neighbours as one slip", () => {
    expect(nearest("ab", ["ba"])).toBe("ba");
  });

  it("finds every word in a list that holds it", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), fc.nat(), (words, pick) => {
        const word = words[pick % words.length] ?? "";
        expect(nearest(word, words)).toBe(word);
      }),
    );
  });
});
