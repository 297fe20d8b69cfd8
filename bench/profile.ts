// Where the time of a step goes: the engine's own trace, summed by operator.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { openStep, type StepBenchOptions } from "./step.ts";

const traceForm = z.array(
  z.looseObject({
    cat: z.string(),
    name: z.string(),
    ts: z.number(),
    dur: z.number(),
    args: z.looseObject({ op_name: z.string().optional() }).optional(),
  }),
);

/** The first steps touch memory for the first time; only the last is told of. */
const steps = 3;

/** Runs a few steps with the trace on; a table of operators by time, program by program. */
export async function profileStep(model: string, options: StepBenchOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "jepa-profile-"));
  try {
    const bench = await openStep(model, { ...options, profile: join(folder, "trace") });
    for (let step = 1; step <= steps; step++) await bench.step(step);
    await bench.close();
    const tables = await Promise.all(
      (await readdir(folder))
        .sort()
        .map(async (file) => tableOf(traceForm.parse(JSON.parse(await readFile(join(folder, file), "utf8"))))),
    );
    return tables.join("\n\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tableOf(trace: z.infer<typeof traceForm>): string {
  const starts = trace.filter(({ name }) => name === "model_run").map(({ ts }) => ts);
  const runs = starts.length / steps;
  const since = starts.sort((a, b) => a - b)[Math.round(starts.length - runs)];
  const totals = new Map<string, { milliseconds: number; calls: number }>();
  for (const { cat, name, ts, dur, args } of trace) {
    if (ts < since || cat !== "Node" || !name.endsWith("_kernel_time")) continue;
    const operator = args?.op_name ?? name;
    const { milliseconds, calls } = totals.get(operator) ?? { milliseconds: 0, calls: 0 };
    totals.set(operator, { milliseconds: milliseconds + dur / 1000, calls: calls + 1 });
  }
  const sum = [...totals.values()].reduce((total, { milliseconds }) => total + milliseconds, 0);
  const rows = [...totals].sort(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, 16);
  return [
    `a program, ${runs} runs, ${sum.toFixed(1)} ms in operators`,
    ...rows.map(
      ([operator, { milliseconds, calls }]) =>
        `  ${operator.padEnd(28)} ${milliseconds.toFixed(1).padStart(9)} ms ${((100 * milliseconds) / sum).toFixed(1).padStart(5)}% ${String(calls).padStart(6)} calls`,
    ),
  ].join("\n");
}
