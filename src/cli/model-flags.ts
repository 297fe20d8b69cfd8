// The flags by which a command is told which model, and how pictures are fed to it.
import { UserError } from "../errors/index.ts";
import { choice, type Flag, number, text } from "./flags.ts";
import { runsFlag } from "./runs-folder.ts";
import { deviceFlag, threadsFlag } from "./training-flags.ts";

/** What may be named as a model, in words (`openModel` of the hub, which is not loaded for the help). */
export const modelWords = "a run, a model directory, a .pth.tar, hf:owner/name, builtin:ijepa-cifar10, or random:small";

/** The flag `--model`. */
export const modelFlag: Flag<string | undefined> = text(modelWords, {
  placeholder: "model",
  variable: "JEPA_MODEL",
});

/** The flag `--encoder`. */
export const encoderFlag: Flag<"target" | "context" | undefined> = choice(
  "which encoder of a run or training checkpoint, target by default",
  ["target", "context"],
);

/** The flag `--heads`. */
export const headsFlag: Flag<number | undefined> = number(
  "attention heads of a .pth.tar, where its width is none of the official sizes",
  { minimum: 1, maximum: 1024, whole: true },
);

/** The flag `--normalise`. */
export const normaliseFlag: Flag<"half" | undefined> = choice("half: mean and deviation 0.5 instead of the model's", [
  "half",
]);

/** A flag that names a block of the encoder: a number from 1, or `last`. */
export function blockFlag(describe: string): Flag<number | "last" | undefined> {
  return {
    describe,
    placeholder: "layer",
    variable: undefined,
    read: (given, where) => {
      const word = given.at(-1);
      if (word === undefined || word === "last") return word;
      if (/^[1-9]\d{0,3}$/.test(word)) return Number(word);
      const remedy = `use ${where} last`;
      throw new UserError({ where, expected: "last, or the number of a block from 1", received: word, remedy });
    },
  };
}

/** The flag `--size`: height x width in pixels, or one number for a square. */
export const sizeFlag: Flag<{ readonly height: number; readonly width: number } | undefined> = {
  describe: "size that pictures are resized to, the model's by default; positions are interpolated",
  placeholder: "HxW",
  variable: undefined,
  read: (given, where) => {
    const word = given.at(-1);
    if (word === undefined) return undefined;
    const [, height, width = height] = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(word) ?? [];
    if (height !== undefined) return { height: Number(height), width: Number(width) };
    const remedy = "give one, such as --size 224 or --size 224x320";
    throw new UserError({ where, expected: "height x width in pixels", received: word, remedy });
  },
};

/** The flags by which an encoder is opened, beside `--model`. */
export const openingFlags: {
  readonly size: typeof sizeFlag;
  readonly normalise: typeof normaliseFlag;
  readonly encoder: typeof encoderFlag;
  readonly heads: typeof headsFlag;
  readonly runs: typeof runsFlag;
  readonly device: typeof deviceFlag;
  readonly threads: typeof threadsFlag;
} = {
  size: sizeFlag,
  normalise: normaliseFlag,
  encoder: encoderFlag,
  heads: headsFlag,
  runs: runsFlag,
  device: deviceFlag,
  threads: threadsFlag,
};

/** The model that was named. Throws UserError where none was. */
export function requireModel(model: string | undefined): string {
  if (model !== undefined) return model;
  throw new UserError({
    where: "--model",
    expected: modelWords,
    received: "none",
    remedy: 'name one, such as --model demo ("jepa runs" lists runs)',
  });
}

/**
 * Where to write. Throws UserError where it was not said.
 *
 * @param example a name that would do
 */
export function requireTarget(to: string | undefined, example: string): string {
  if (to !== undefined) return to;
  const remedy = `say where, such as --to ${example}`;
  throw new UserError({ where: "--to", expected: "a folder to write", received: "none", remedy });
}

/** The file to write. Throws UserError where it was not said. */
export function requireOutput(out: string | undefined): string {
  if (out !== undefined) return out;
  const remedy = "say which, such as --out vectors.npy";
  throw new UserError({ where: "--out", expected: "a file to write", received: "none", remedy });
}
