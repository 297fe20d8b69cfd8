// Drawing what a recipe or a run computes: layers, shapes, where the work is.

import type { GraphTotals } from "../../figures/index.ts";
import type { ProgramName } from "../../training/index.ts";
import { type Command, command } from "../command.ts";
import { choice, number, text, toggle } from "../flags.ts";
import { runsFlag } from "../runs-folder.ts";
import { tableText } from "../table.ts";
import { setFlag } from "../training-flags.ts";

const programs = ["features", "targets", "loss", "gradients", "update"] as const satisfies readonly ProgramName[];

/** `jepa graph`: a program of a recipe as a picture. */
export const graph: Command = command({
  name: "graph",
  group: "data",
  summary: "Draw what a recipe computes, layer by layer",
  description:
    "One program of a step as it is traced for a micro-batch: layers, what flows between them with its shape, and where the work is. Equal blocks are drawn once.",
  arguments: [
    { name: "recipe", describe: "a recipe, the JSON file of one, a folder of pictures, or a run", need: "required" },
  ],
  examples: [
    { line: "jepa graph demo", comment: "writes demo-loss.svg" },
    { line: "jepa graph demo --depth 1 --out model.png", comment: "a box for each network" },
    { line: "jepa graph demo --program gradients --simplified", comment: "what the engine runs" },
    { line: "jepa graph demo --operations --set model.depth=1", comment: "every operation" },
  ],
  flags: {
    program: choice(`${programs.join(", ")}; loss by default`, programs, { placeholder: "program" }),
    out: text("what to write, by its ending .svg, .png, .dot (Graphviz) or .json", { placeholder: "file" }),
    simplified: toggle("as the engine gets it, not as the objective wrote it"),
    depth: number("levels of scope told apart, 4 by default", { minimum: 1, maximum: 20, whole: true }),
    operations: toggle("a box for each operation"),
    unfolded: toggle("draw each of several equal blocks"),
    set: setFlag,
    runs: runsFlag,
  },
  load: async () => ({
    ...(await import("../../figures/index.ts")),
    ...(await import("../../training/index.ts")),
    ...(await import("../graph-subject.ts")),
  }),
  run: async (library, { words: [word = ""], flags }, terminal) => {
    const { program = "loss", out, simplified, depth = 4, operations, unfolded } = flags;
    if (out !== undefined) library.checkGraphPath(out);
    const { name, recipe, method, microBatch } = await library.graphSubject(word, flags, terminal);
    const options = { name, program, microBatch, simplified, depth, operations, folded: !unfolded };
    const figure = library.recipeGraph(method, recipe, options);
    const path = out ?? `${figure.name}.svg`;
    await library.writeGraph(path, figure);
    const content = library.graphJson(figure);
    terminal.result({
      json: { file: path, recipe: name, program, simplified, pictures: figure.pictures, ...content },
      text: () => `${path}\n${totalsText(content.totals)}`,
    });
    return 0;
  },
});

function totalsText({ operations, parameters, flops }: GraphTotals): string {
  const columns = ["operations", "parameters", "GFLOPs"].map((heading) => ({ heading, align: "right" as const }));
  return tableText(columns, [
    [operations, parameters, Number((flops / 1e9).toPrecision(4))].map((n) => n.toLocaleString("en-US")),
  ]);
}
