// The table of objectives by the name that recipes use; a new paper is a file and a line here.

import { ijepaObjective } from "./ijepa.ts";
import type { Objective } from "./objective.ts";

export const objectives: Readonly<Record<string, Objective>> = { ijepa: ijepaObjective };
