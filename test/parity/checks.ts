// The checks of `npm run goldens` and of the tests, in the order of the report. A new check
// is a file beside this one and a line here; fixtures that no check names are left alone.

import type { ParityCheck } from "./check.ts";
import { huggingfaceIjepa } from "./huggingface-ijepa.ts";
import { huggingfaceVjepa2 } from "./huggingface-vjepa2.ts";
import { ijepaForward, ijepaTwoContexts } from "./ijepa-forward.ts";
import { ijepaInitial } from "./ijepa-initial.ts";
import { ijepaSteps } from "./ijepa-steps.ts";
import { logistic } from "./logistic.ts";
import { masksReplay } from "./masks-replay.ts";
import { masksStatistics } from "./masks-statistics.ts";
import { neighbours } from "./neighbours.ts";
import { positionTables } from "./positions.ts";
import { schedules } from "./schedules.ts";
import { spectrum } from "./spectrum.ts";

/** Every parity check there is. */
export const checks: readonly ParityCheck[] = [
  positionTables,
  schedules,
  masksReplay,
  masksStatistics,
  ijepaInitial,
  ijepaForward,
  ijepaTwoContexts,
  ...ijepaSteps,
  ...huggingfaceIjepa,
  ...huggingfaceVjepa2,
  spectrum,
  neighbours,
  logistic,
];
