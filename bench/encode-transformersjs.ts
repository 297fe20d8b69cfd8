// The peer in JavaScript: transformers.js on onnxruntime-node, with the float32 file that our export writes.

import { AutoProcessor, env, IJepaModel, RawImage, Tensor } from "@huggingface/transformers";
import type { EncodeMeasure, ParticipantOptions } from "./encode.ts";
import { picturePaths, rateOf } from "./encode.ts";

/** Runs the exported model as transformers.js's documentation does. */
export async function encodeWithTransformers({
  folder,
  from,
  batch,
  threads,
}: ParticipantOptions): Promise<EncodeMeasure> {
  env.allowRemoteModels = false;
  env.localModelPath = `${folder}/`;
  const options = { dtype: "fp32", session_options: { intraOpNumThreads: threads } } as const;
  const model = await IJepaModel.from_pretrained("onnx", options);
  if (from === "tensors") {
    const pixels = Float32Array.from({ length: batch * 3 * 224 * 224 }, (_, i) => Math.sin(i));
    const pixel_values = new Tensor("float32", pixels, [batch, 3, 224, 224]);
    return { imagesPerSecond: await rateOf(batch, batch, async () => void (await model({ pixel_values }))) };
  }
  const processor = await AutoProcessor.from_pretrained("onnx");
  const paths = await picturePaths(folder);
  const imagesPerSecond = await rateOf(paths.length, batch, async (first) => {
    const images = await Promise.all(paths.slice(first, first + batch).map((path) => RawImage.read(path)));
    await model(await processor(images));
  });
  return { imagesPerSecond };
}
