import { expect, test } from "vitest";
import { ProgramShelf } from "./program-shelf.ts";
import type { Program } from "./runtime.ts";

function programs() {
  const log: string[] = [];
  const compile = (name: string) => async (): Promise<Program> => {
    log.push(`compile ${name}`);
    const release = async () => {
      log.push(`release ${name}`);
    };
    return { inputs: [], outputs: [], flops: 0, nodes: 0, compileSeconds: 0.5, run: async () => ({}), release };
  };
  return { log, compile };
}

test("a program is compiled once, and the one not used for longest goes when the shelf is full", async () => {
  const { log, compile } = programs();
  const shelf = new ProgramShelf(2);
  for (const name of ["a", "b", "a", "c", "a", "b"]) await shelf.take(name, compile(name));
  expect(log).toEqual(["compile a", "compile b", "release b", "compile c", "release c", "compile b"]);
  expect(shelf.compileSeconds).toBe(2);
});

test("releasing the shelf releases every program on it", async () => {
  const { log, compile } = programs();
  const shelf = new ProgramShelf(3);
  for (const name of ["a", "b"]) await shelf.take(name, compile(name));
  await shelf.release();
  expect(log.slice(2)).toEqual(["release a", "release b"]);
});
