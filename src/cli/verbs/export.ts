// `jepa export`: out of a run or checkpoint, a directory that other programs read.
import { type Command, command } from "../command.ts";
import { choice, text } from "../flags.ts";
import { encoderFlag, requireTarget } from "../model-flags.ts";
import { defaultRunsFolder, runsFlag } from "../runs-folder.ts";

/** `jepa export`: writes a model as a directory. */
export const exportModel: Command = command({
  name: "export",
  group: "use",
  summary: "Write a model as a directory that transformers and other programs read",
  description:
    "Writes config.json, model.safetensors, preprocessor_config.json and a card. Says which encoder it took.",
  arguments: [{ name: "model", describe: "a run, a model directory, a .pth.tar, or random:small", need: "required" }],
  examples: [
    { line: "jepa export random:tiny --to tiny-model", comment: "untrained, to try the way" },
    { line: "jepa export demo --to my-model", comment: "the target encoder of a run" },
  ],
  flags: {
    to: text("where the directory appears; nothing may be there yet", { placeholder: "folder" }),
    format: choice("huggingface by default", ["huggingface"]),
    encoder: encoderFlag,
    runs: runsFlag,
  },
  load: async () => await import("../../hub/index.ts"),
  run: async (library, { words: [source], flags }, terminal) => {
    const to = requireTarget(flags.to);
    const { runs = defaultRunsFolder, encoder } = flags;
    const model = await library.openModel(source, { runsFolder: runs, encoder });
    for (const notice of model.notices) terminal.notice(notice);
    await library.exportDirectory(model, to);
    terminal.result({
      json: { model: model.name, encoder: model.encoder, folder: to, fingerprint: model.fingerprint },
      text: () => `the ${model.encoder} encoder of ${model.name}: ${to}`,
    });
    return 0;
  },
});
