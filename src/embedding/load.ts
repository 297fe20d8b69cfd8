// A model by its name, ready to embed: what a program needs in one line.

import { availableParallelism } from "node:os";
import { type OpenModelOptions, openModel, type PictureSize } from "../hub/index.ts";
import { type Device, openNodeRuntime } from "../runtime/index.ts";
import { type Encoder, openEncoder } from "./encoder.ts";

export interface LoadOptions extends Partial<OpenModelOptions> {
  /** Instead of the model's own size of pictures; multiples of the patch. */
  readonly size?: PictureSize | undefined;
  readonly device?: Device | undefined;
  /** Threads of the engine; one a core when absent. */
  readonly threads?: number | undefined;
}

/**
 * Loads an encoder.
 *
 * @param source a run, a model directory, a .pth.tar, `hf:owner/name`, `builtin:ijepa-cifar10` or `random:small`
 * @throws UserError where there is no such model, engine or device; CorruptFile where the model is damaged
 */
export async function load(source: string, options: LoadOptions = {}): Promise<Encoder> {
  const { size, device, threads = availableParallelism(), ...opening } = options;
  const model = await openModel(source, { runsFolder: "runs", download: { environment: process.env }, ...opening });
  return openEncoder(await openNodeRuntime({ device, threads }), model, { size });
}
