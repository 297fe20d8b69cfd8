// Beginning a run: a recipe is resolved, checked against the machine, and trained or only planned.

import { UserError } from "../../errors/index.ts";
import type { ResolvedField } from "../../runs/index.ts";
import { type Command, command } from "../command.ts";
import { text, toggle } from "../flags.ts";
import { runsFlag } from "../runs-folder.ts";
import { deviceFlag, recipeArgument, setFlag, threadsFlag } from "../training-flags.ts";

/** `jepa pretrain`: trains an encoder without labels. */
export const pretrain: Command = command({
  name: "pretrain",
  group: "learn",
  summary: "Train an encoder without labels",
  description:
    "Ctrl-C finishes the step and saves; jepa resume goes on to the same bits. --json prints JSON lines. A run that is given no name gets its recipe's and a number.",
  arguments: [recipeArgument("required")],
  examples: [
    { line: "jepa pretrain demo --name demo", comment: "on CIFAR-10, minutes" },
    { line: "jepa pretrain ./pictures", comment: "your own, unlabelled" },
    { line: "jepa pretrain demo --set training.steps=200 --name quick", comment: "change a field" },
    { line: "jepa pretrain ijepa-cifar10 --dry-run", comment: "what it would cost" },
  ],
  flags: {
    set: setFlag,
    name: text("name of the run", { placeholder: "name" }),
    runs: runsFlag,
    device: deviceFlag,
    threads: threadsFlag,
    dryRun: toggle("print sizes, memory and time, and train nothing"),
    measure: toggle("with --dry-run: take three real steps to tell the time"),
  },
  load: async () => ({
    ...(await import("../../training/index.ts")),
    ...(await import("../given-recipe.ts")),
    ...(await import("../training-plan.ts")),
    ...(await import("../training-world.ts")),
  }),
  run: async (library, { words: [word = ""], flags }, terminal) => {
    if (flags.measure && !flags.dryRun) throw measuringNothing();
    const { recipe, fields, name: recipeName } = await library.givenRecipe(word, flags.set, terminal);
    if (flags.dryRun) return library.tellPlan(recipe, flags, terminal);
    const request = {
      runsFolder: flags.runs,
      name: flags.name,
      recipe,
      recipeName,
      sources: Object.fromEntries(fields.map(({ path, source }) => [path, source.label])),
      command: ["jepa", "pretrain", word, ...flagsToRepeat(fields, flags)],
      created: terminal.moment,
    };
    await library.tellOfTraining(terminal, flags, (world) => library.beginRun(request, world));
    return 0;
  },
});

/**
 * The flags that make the same run where JEPA_SET is not there: its assignments come first, so that --set still wins.
 */
function flagsToRepeat(
  fields: readonly ResolvedField[],
  { set, device, threads }: { set: readonly string[]; device: string | undefined; threads: number | undefined },
): string[] {
  const inherited = fields
    .filter(({ source }) => source.kind === "environment")
    .map(({ path, value }) => `${path}=${JSON.stringify(value ?? null)}`);
  return [
    ...[...inherited, ...set].flatMap((assignment) => ["--set", assignment]),
    ...(device === undefined ? [] : ["--device", device]),
    ...(threads === undefined ? [] : ["--threads", String(threads)]),
  ];
}

function measuringNothing(): UserError {
  return new UserError({
    where: "--measure",
    expected: "--dry-run beside it",
    received: "--measure alone",
    remedy: "add --dry-run, or leave --measure out",
  });
}
