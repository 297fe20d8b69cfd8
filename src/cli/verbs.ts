// The commands, one line each, in the order of the help. A new command is its file and a line here.
import type { Command } from "./command.ts";
import { doctor } from "./verbs/doctor.ts";

export const commands: readonly Command[] = [doctor];
