import type { Begun, TrainingPlan } from "../../training/index.ts";
import { type Command, command } from "../command.ts";
import { text, toggle } from "../flags.ts";
import { resolveGiven, setFlag } from "../recipe-argument.ts";
import { defaultRunsFolder, runsFlag } from "../runs-folder.ts";
import { tableText } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { deviceFlag, threadsFlag, timeLeft, trainingWorld } from "../training-world.ts";

/** `jepa pretrain`: trains an encoder without labels. */
export const pretrain: Command = command({
  name: "pretrain",
  group: "learn",
  summary: "Train an encoder without labels",
  description:
    "Takes a recipe by name (jepa recipes), a JSON file, or a folder of pictures, for which sizes are chosen and said.",
  arguments: [{ name: "recipe", describe: "a recipe, a file.json, or a folder of pictures", need: "required" }],
  examples: [
    { line: "jepa pretrain demo --dry-run", comment: "sizes, memory and time, without training" },
    { line: "jepa pretrain ./pictures", comment: "on your own pictures, no label needed" },
    { line: "jepa pretrain demo --set training.steps=200 --name quick", comment: "a field changed" },
  ],
  flags: {
    set: setFlag,
    name: text("name of the run; <recipe>-1, -2, ... by default", { placeholder: "name" }),
    runs: runsFlag,
    device: deviceFlag,
    threads: threadsFlag,
    dryRun: toggle("print what would be done, and do nothing"),
  },
  load: () => import("../../training/index.ts"),
  run: async ({ beginRun, executionOf, planTraining }, { words: [given = ""], flags }, terminal) => {
    const { name, recipe, fields } = await resolveGiven(given, flags.set, terminal);
    const world = trainingWorld(terminal, flags);
    if (flags.dryRun) {
      const [{ objectives }, { openNodeRuntime }] = await Promise.all([
        import("../../objectives/index.ts"),
        import("../../runtime/index.ts"),
      ]);
      const { microBatch, threads } = executionOf(recipe, world.threads);
      const runtime = await openNodeRuntime({ device: flags.device ?? "cpu", threads });
      const plan = await planTraining(runtime, objectives[recipe.objective].bind(recipe), recipe, microBatch);
      terminal.result({ json: { recipe, plan, threads }, text: () => planText(plan, recipe.training) });
      return 0;
    }
    const begun = await beginRun(
      {
        runsFolder: flags.runs ?? defaultRunsFolder,
        name: flags.name,
        recipe,
        recipeName: name,
        sources: Object.fromEntries(fields.map(({ path, source }) => [path, source.label])),
        command: ["jepa", "pretrain", given, ...flags.set.flatMap((assignment) => ["--set", assignment])],
        created: new Date().toISOString(),
      },
      world,
    );
    tellOf(begun, terminal);
    return 0;
  },
});

/** Says what became of a run. */
export function tellOf({ outcome, name, folder }: Begun, terminal: Terminal): void {
  const next = `jepa eval ${name}`;
  terminal.result({
    json: { outcome, name, folder, next },
    text: () =>
      outcome === "finished"
        ? `${name} is finished already, with this very recipe: ${folder}\nnext: ${next}`
        : `trained ${name}: ${folder}\nnext: ${next}`,
  });
}

function planText(plan: TrainingPlan, { steps, batch }: { readonly steps: number; readonly batch: number }): string {
  const millions = (count: number) => `${(count / 1e6).toFixed(2)} M`;
  const scopes = Object.entries(plan.parametersByScope).map(([scope, count]) => [`  ${scope}`, millions(count)]);
  return tableText(
    [{ heading: "what" }, { heading: "how much" }],
    [
      ["steps", `${steps} of ${batch} pictures, ${plan.microBatch} at once`],
      ["tokens of a picture", String(plan.tokens)],
      ["trained parameters", millions(plan.parameters)],
      ...scopes,
      ["operations a step", `${(plan.flopsPerStep / 1e9).toFixed(1)} GFLOP`],
      ["memory (estimate)", `${(plan.memoryBytes / 1e9).toFixed(2)} GB`],
      ["a checkpoint on disk", `${(plan.checkpointBytes / 1e6).toFixed(0)} MB`],
      ["time (estimate)", timeLeft(plan.secondsPerStep * steps)],
    ],
  );
}
