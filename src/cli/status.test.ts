// Progress on a terminal is one line rewritten in place; elsewhere it is plain lines, few of them.
import fc from "fast-check";
import { expect, test } from "vitest";
import { StatusLine } from "./status.ts";

interface Screen {
  written: string;
  time: number;
  readonly line: StatusLine;
}

function screen(live: boolean, columns: number | undefined = undefined): Screen {
  const state = { written: "", time: 0 };
  const stream = {
    isTerminal: live,
    columns,
    write: (text: string) => {
      state.written += text;
    },
  };
  return Object.assign(state, { line: new StatusLine(stream, live, () => state.time) });
}

test("a terminal shows one line, cut to its width, and nothing of it when the work is done", () => {
  const shown = screen(true, 10);
  shown.line.update({ done: 1, total: 2, text: "step 1 of a long way" });
  expect(shown.written).toBe("\r\u001b[2Kstep 1 of");
  shown.line.clear();
  expect(shown.written.endsWith("\r\u001b[2K")).toBe(true);
});

test("a terminal is redrawn at most every 80 milliseconds, and always at the end", () => {
  const shown = screen(true);
  for (shown.time = 0; shown.time < 800; shown.time += 10) {
    shown.line.update({ done: shown.time, total: 1e6, text: `at ${shown.time}` });
  }
  expect(shown.written.split("\r").length - 1).toBe(10);
  shown.line.update({ done: 1e6, total: 1e6, text: "done" });
  expect(shown.written.endsWith("done")).toBe(true);
});

test("the cursor is never hidden, the screen never cleared", () => {
  const shown = screen(true);
  shown.line.update({ done: 0, total: 1, text: "start" });
  shown.line.update({ done: 1, total: 1, text: "end" });
  shown.line.clear();
  for (const code of ["\u001b[?25l", "\u001b[2J", "\u001bc"]) expect(shown.written).not.toContain(code);
});

test("elsewhere there are plain lines: the first, the last, and between them one a percent or one each 30 seconds", () => {
  const work = fc.record({ seconds: fc.integer({ min: 1, max: 4000 }), steps: fc.integer({ min: 1, max: 2000 }) });
  fc.assert(
    fc.property(work, ({ seconds, steps }) => {
      const shown = screen(false);
      for (let step = 0; step <= steps; step++) {
        shown.time = (seconds * 1000 * step) / steps;
        shown.line.update({ done: step, total: steps, text: `step ${step}` });
      }
      const lines = shown.written.split("\n").slice(0, -1);
      expect([lines[0], lines.at(-1)]).toEqual(["step 0", `step ${steps}`]);
      expect(lines.length).toBeLessThanOrEqual(2 + Math.min(seconds / 5, 100 + seconds / 30));
      expect(["\r", "\u001b"].filter((code) => shown.written.includes(code))).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test("work of unknown length is told of every 30 seconds", () => {
  const shown = screen(false);
  for (shown.time = 0; shown.time <= 90_000; shown.time += 1000) {
    shown.line.update({ done: shown.time, total: undefined, text: "." });
  }
  expect(shown.written).toBe(".\n.\n.\n.\n");
});

test("work that follows other work begins with a line of its own", () => {
  const shown = screen(false);
  for (const done of [0, 1, 2]) shown.line.update({ done, total: 2, text: `look ${done}` });
  for (const done of [0, 1, 2]) shown.line.update({ done, total: 2, text: `learn ${done}` });
  expect(shown.written).toBe("look 0\nlook 2\nlearn 0\nlearn 2\n");
});
