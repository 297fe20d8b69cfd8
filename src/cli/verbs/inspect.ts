// `jepa inspect`: what a model is, before it is used.
import type { OpenedModel, OpenedVideoModel } from "../../hub/index.ts";
import { type Command, command } from "../command.ts";
import { encoderFlag, headsFlag, modelWords } from "../model-flags.ts";
import { runsFlag } from "../runs-folder.ts";

/** `jepa inspect`: tells what a model is. */
export const inspect: Command = command({
  name: "inspect",
  group: "use",
  summary: "Tell what a model is: sizes, encoder, preprocessing",
  arguments: [{ name: "model", describe: modelWords, need: "required" }],
  examples: [
    { line: "jepa inspect random:base", comment: "the official sizes" },
    { line: "jepa inspect demo --json", comment: "a run, for a script" },
  ],
  flags: { encoder: encoderFlag, heads: headsFlag, runs: runsFlag },
  load: async () => ({
    ...(await import("../../hub/index.ts")),
    ...(await import("../model-world.ts")),
    ...(await import("../../tensor/index.ts")),
  }),
  run: async (library, { words: [source], flags }, terminal) => {
    const model = await library.openAnyModel(source, library.modelOptions(flags, terminal));
    const parameters = [...model.parameters.values()].reduce((sum, { shape }) => sum + library.elements(shape), 0);
    const tensors = [...model.parameters].map(([name, { shape }]) => ({ name, shape }));
    const { name, family, kind, sizes, licence, fingerprint } = model;
    for (const notice of model.notices) terminal.notice(notice);
    const pictures = model.family === "I-JEPA" ? model : undefined;
    terminal.result({
      json: {
        name,
        family,
        kind,
        encoder: pictures?.encoder ?? null,
        sizes,
        parameters,
        preprocessing: pictures?.preprocessing ?? null,
        labels: labelsOf(model) ?? null,
        licence: licence ?? null,
        fingerprint,
        tensors,
      },
      text: () => described(model, parameters).join("\n"),
    });
    return 0;
  },
});

function labelsOf(model: OpenedModel | OpenedVideoModel): readonly string[] | undefined {
  return model.family === "I-JEPA" ? model.head?.labels : model.labels;
}

type Facts = readonly (readonly [name: string, fact: string])[];

function described(model: OpenedModel | OpenedVideoModel, parameters: number): string[] {
  const facts: Facts = [
    ["family", model.family],
    ["from", model.kind],
    ...(model.family === "I-JEPA" ? pictureFacts(model) : videoFacts(model)),
    ["parameters", `${(parameters / 1e6).toFixed(1)} M in ${model.parameters.size} tensors`],
    ["classes", String(labelsOf(model)?.length ?? "none: no classifier")],
    ["licence", model.licence ?? "not stated"],
    ["fingerprint", model.fingerprint],
  ];
  return [model.name, ...facts.map(([name, fact]) => `  ${name.padEnd(12)}${fact}`)];
}

function pictureFacts({ encoder, sizes, preprocessing }: OpenedModel): Facts {
  const { size, part, pixels } = preprocessing;
  return [
    ["encoder", encoder],
    ["sizes", `width ${sizes.width}, depth ${sizes.depth}, ${sizes.heads} heads, patch ${sizes.patch}`],
    ["pictures", `${part === "square" ? "centred square" : "whole"}, ${size.height} x ${size.width}`],
    ["pixels", `mean ${pixels.mean.join(", ")}, deviation ${pixels.deviation.join(", ")}`],
  ];
}

function videoFacts({ sizes, labels }: OpenedVideoModel): Facts {
  const { predictor, crop, frames, tubelet, patch } = sizes;
  return [
    ["holds", labels === undefined ? "encoder, predictor" : "encoder, predictor, attentive classifier"],
    [
      "sizes",
      `width ${sizes.width}, depth ${sizes.depth}, ${sizes.heads} heads, patch ${tubelet} x ${patch} x ${patch}`,
    ],
    ["predictor", `width ${predictor.width}, depth ${predictor.depth}, ${predictor.heads} heads`],
    ["videos", `${frames} frames of ${crop} x ${crop}`],
  ];
}
