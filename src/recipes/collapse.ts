// A lesson: the demo without its teacher and without the stop-gradient. The encoder makes its own targets easy
// to predict, all patches look alike, the loss falls to nothing, and the monitor says so within a minute.

import type { RecipeInput } from "../runs/index.ts";
import { demo } from "./demo.ts";

export const collapse: RecipeInput = {
  ...demo,
  targetNormalisation: "layer",
  teacher: null,
  training: { steps: 200, batch: 128, checkpointEvery: 100 },
};
