// Parity of the fixed position tables, those with a class token too: its row of zeros comes first.

import { sinCosPositions } from "../../src/nn/index.ts";
import type { ParityCheck } from "./check.ts";
import { largestDifference } from "./comparison.ts";

const file = "pos_embed.safetensors";
/** Both sides compute in float64 and round to float32 once. */
const tolerance = 1e-6;

/** Every table of the fixture, named like `grid14_dim384`, `grid8x4_dim48` or `grid3_dim8_cls`. */
export const positionTables: ParityCheck = {
  fixture: "meta-ijepa",
  name: "position tables",
  compare: async (fixture) => {
    const comparisons = [];
    for (const name of await fixture.names(file)) {
      const { data, shape } = await fixture.tensor(file, name);
      const [tokens, width] = shape;
      const classTokens = name.endsWith("_cls") ? 1 : 0;
      const table = sinCosPositions(gridOf(name, tokens - classTokens), width);
      const ours = new Float32Array((classTokens + table.length / width) * width);
      ours.set(table, classTokens * width);
      comparisons.push({ name, difference: largestDifference(ours, data), tolerance });
    }
    return comparisons;
  },
};

// Two numbers in the name are rows and columns; else the grid is square.
function gridOf(name: string, patches: number): { rows: number; columns: number } {
  const sides = /^grid(\d+)x(\d+)_/.exec(name);
  if (sides !== null) return { rows: Number(sides[1]), columns: Number(sides[2]) };
  const side = Math.round(Math.sqrt(patches));
  return { rows: side, columns: patches / side };
}
