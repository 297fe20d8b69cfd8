// `jepa export`: out of a run or checkpoint, a directory that other programs read.
import type * as Evaluations from "../../evaluation/index.ts";
import type { OpenedModel } from "../../hub/index.ts";
import { type Command, command } from "../command.ts";
import { choice, text } from "../flags.ts";
import { encoderFlag, headsFlag, modelWords, requireTarget } from "../model-flags.ts";
import { runsFlag } from "../runs-folder.ts";

/** `jepa export`: writes a model as a directory. */
export const exportModel: Command = command({
  name: "export",
  group: "use",
  summary: "Write a model for transformers, or as ONNX",
  description:
    "Writes config.json, model.safetensors, preprocessor_config.json and a card. Says which encoder it took.",
  arguments: [{ name: "model", describe: modelWords, need: "required" }],
  examples: [
    { line: "jepa export random:tiny --to tiny-model", comment: "untrained, to try the way" },
    { line: "jepa export demo --to my-model", comment: "the target encoder of a run" },
    { line: "jepa export demo --format onnx --to my-onnx", comment: "float32, half precision and int8" },
    { line: "jepa export demo --with my-head --to my-classifier", comment: "IJepaForImageClassification" },
  ],
  flags: {
    to: text("where the directory appears; nothing may be there yet", { placeholder: "folder" }),
    format: choice("huggingface (default), or onnx for transformers.js", ["huggingface", "onnx"]),
    with: text("a head of jepa classify train that goes along, so that others classify too", { placeholder: "head" }),
    precision: choice("float32 (default), or float16: half the size", ["float32", "float16"]),
    encoder: encoderFlag,
    heads: headsFlag,
    runs: runsFlag,
  },
  load: async () => ({
    ...(await import("../../evaluation/index.ts")),
    ...(await import("../../hub/index.ts")),
    ...(await import("../classifier-world.ts")),
    ...(await import("../model-world.ts")),
  }),
  run: async (library, { words: [source], flags }, terminal) => {
    const to = requireTarget(flags.to, "my-model");
    const model = await library.openModel(source, library.modelOptions(flags, terminal));
    for (const notice of model.notices) terminal.notice(notice);
    const figures = await figuresOf(library, model);
    if (model.run !== undefined && figures === undefined) {
      terminal.notice(`the card has no figures: "jepa eval ${source}" measures them`);
    }
    const head = flags.with === undefined ? undefined : await library.headToExport(flags.with, model);
    if (flags.format === "onnx") await library.exportOnnx(model, to, { figures, head });
    else await library.exportDirectory(model, to, { precision: flags.precision, figures, head });
    const classes = (head ?? model.head)?.labels ?? null;
    terminal.result({
      json: { model: model.name, encoder: model.encoder, classes, folder: to, fingerprint: model.fingerprint },
      text: () => `the ${model.encoder} encoder of ${model.name}${headText(classes)}: ${to}`,
    });
    return 0;
  },
});

function headText(classes: readonly string[] | null): string {
  return classes === null ? "" : `, with a head of ${classes.length} classes`;
}

/** What was measured of exactly this encoder of this checkpoint. */
async function figuresOf(
  library: Pick<typeof Evaluations, "readEvaluation" | "evaluationTable">,
  { run }: OpenedModel,
): Promise<Evaluations.EvaluationTable | undefined> {
  const evaluation = run && (await library.readEvaluation(run.folder));
  if (evaluation?.checkpoint.step !== run?.step || evaluation?.checkpoint.encoder !== run?.scope) return undefined;
  return evaluation && library.evaluationTable(evaluation);
}
