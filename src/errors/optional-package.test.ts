import { expect, test } from "vitest";
import { loadOptional } from "./optional-package.ts";

const told = { where: ".parquet", expected: "the package p", remedy: "install it with: npm install p" };

test("a package that loads is given on", async () => {
  expect(await loadOptional(async () => ({ answer: 42 }), told)).toEqual({ answer: 42 });
});

test("one that does not is told of with its first line, and is no fault of the person's input", async () => {
  const missing = loadOptional(() => Promise.reject(new Error("Cannot find package 'p'\n  at x")), told);
  await expect(missing).rejects.toMatchObject({ ...told, received: "Cannot find package 'p'", exitCode: 1 });
});
