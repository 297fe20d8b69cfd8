// Encoders as the command line opens and watches them: what a person should know of the model is told first.
import { type Encoder, openEncoder } from "../embedding/index.ts";
import { duration } from "../figures/index.ts";
import { type OpenedModel, openModel, type PictureSize } from "../hub/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { type Means, openEngine } from "./engine-means.ts";
import { type ModelFlags, modelOptions } from "./model-world.ts";
import type { Terminal } from "./terminal.ts";

/** An encoder on an engine of its own. */
export interface RunningEncoder {
  readonly runtime: Runtime;
  readonly encoder: Encoder;
}

interface EncoderMeans extends Means {
  readonly size?: PictureSize | undefined;
}

/**
 * Opens the model that was named, tells what a person should know of it, and opens its encoder. Throws as `openModel`.
 */
export async function openNamedEncoder(
  source: string,
  flags: ModelFlags & EncoderMeans,
  terminal: Terminal,
): Promise<RunningEncoder> {
  return openEncoderOf(await openModel(source, modelOptions(flags, terminal)), flags, terminal);
}

/** The same for a model that is open. */
export async function openEncoderOf(
  model: OpenedModel,
  { size, ...means }: EncoderMeans,
  terminal: Terminal,
): Promise<RunningEncoder> {
  for (const notice of model.notices) terminal.notice(notice);
  const runtime = await openEngine(means);
  return { runtime, encoder: openEncoder(runtime, model, { size }) };
}

/** Work that takes longer is announced with its time. */
const longSeconds = 60;

/** Shows how far embedding is, with the time that is left; announces it where it will take long. */
export function embeddingProgress(terminal: Terminal): (done: number, total: number, before: number) => void {
  const start = terminal.world.now();
  let announced = false;
  return (done, total, before) => {
    const perPicture = (terminal.world.now() - start) / 1000 / (done - before);
    const secondsLeft = perPicture * (total - done);
    const left = duration(secondsLeft / 60);
    if (!announced && secondsLeft > longSeconds) {
      terminal.notice(`${total - done} pictures will take about ${left}`);
    }
    announced = true;
    const rate = `${(1 / perPicture).toFixed(1)} pictures/s`;
    terminal.progress({ done, total, text: `${done} of ${total}  ${rate}  ${left} left` });
  };
}
