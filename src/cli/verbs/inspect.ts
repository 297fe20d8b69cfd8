// `jepa inspect`: what a model is, before it is used.
import type { OpenedModel } from "../../hub/index.ts";
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
    const model = await library.openModel(source, library.modelOptions(flags, terminal));
    const parameters = [...model.parameters.values()].reduce((sum, { shape }) => sum + library.elements(shape), 0);
    const tensors = [...model.parameters].map(([name, { shape }]) => ({ name, shape }));
    const { name, kind, sizes, preprocessing, licence, notices, fingerprint } = model;
    for (const notice of notices) terminal.notice(notice);
    terminal.result({
      json: {
        name,
        family: "I-JEPA",
        kind,
        encoder: model.encoder,
        sizes,
        parameters,
        preprocessing,
        labels: model.head?.labels ?? null,
        licence: licence ?? null,
        fingerprint,
        tensors,
      },
      text: () => described(model, parameters).join("\n"),
    });
    return 0;
  },
});

function described(model: OpenedModel, parameters: number): string[] {
  const { sizes, preprocessing, head } = model;
  const { size, part, pixels } = preprocessing;
  const facts: [string, string][] = [
    ["family", "I-JEPA"],
    ["from", model.kind],
    ["encoder", model.encoder],
    ["sizes", `width ${sizes.width}, depth ${sizes.depth}, ${sizes.heads} heads, patch ${sizes.patch}`],
    ["parameters", `${(parameters / 1e6).toFixed(1)} M in ${model.parameters.size} tensors`],
    ["pictures", `${part === "square" ? "centred square" : "whole"}, ${size.height} x ${size.width}`],
    ["pixels", `mean ${pixels.mean.join(", ")}, deviation ${pixels.deviation.join(", ")}`],
    ["classes", head === undefined ? "none: an encoder alone" : String(head.labels.length)],
    ["licence", model.licence ?? "not stated"],
    ["fingerprint", model.fingerprint],
  ];
  return [model.name, ...facts.map(([name, fact]) => `  ${name.padEnd(12)}${fact}`)];
}
