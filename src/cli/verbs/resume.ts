import { type Command, command } from "../command.ts";
import { defaultRunsFolder, runsFlag } from "../runs-folder.ts";
import { deviceFlag, trainingWorld } from "../training-world.ts";
import { tellOf } from "./pretrain.ts";

/** `jepa resume`: goes on with a run that was stopped or killed. */
export const resume: Command = command({
  name: "resume",
  group: "learn",
  summary: "Go on with a run that was stopped or killed",
  description:
    "The continued run's numbers are those of one never stopped. Settings cannot be changed: they are the run's.",
  arguments: [{ name: "run", describe: "name of the run; the newest by default", need: "optional" }],
  examples: [{ line: "jepa resume demo", comment: "from its last checkpoint, or from the beginning" }],
  flags: { runs: runsFlag, device: deviceFlag },
  load: async () => ({ ...(await import("../../runs/index.ts")), ...(await import("../../training/index.ts")) }),
  run: async ({ findRun, resumeRun }, { words: [name], flags }, terminal) => {
    const { folder, status, name: found } = await findRun(flags.runs ?? defaultRunsFolder, name);
    if (status === "finished") tellOf({ outcome: "finished", name: found, folder }, terminal);
    else tellOf(await resumeRun(folder, trainingWorld(terminal, flags)), terminal);
    return 0;
  },
});
