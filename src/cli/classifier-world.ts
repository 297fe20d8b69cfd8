// What a head needs of the command line: the model that its features come from, opened as it was when the head was
// trained.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../errors/index.ts";
import {
  type Classifier,
  type HeadModel,
  officialClassifier,
  readHead,
  requireSameModel,
} from "../evaluation/index.ts";
import { type ExportedHead, type OpenedModel, openModel, type PictureSize } from "../hub/index.ts";
import { type ModelFlags, modelOptions } from "./model-world.ts";
import type { Terminal } from "./terminal.ts";

/** A head and its model, ready to be used. */
export interface OpenedClassifier {
  readonly classifier: Classifier;
  readonly model: OpenedModel;
  /** Pixels of a picture; undefined: the model's own. */
  readonly size: PictureSize | undefined;
}

/**
 * Opens a head that `jepa classify train` wrote, or a model that brought its own.
 *
 * @param model instead of the model that the head names
 * @throws UserError where there is no such head, or the model is not the head's
 */
export async function openClassifier(
  source: string,
  { model: named, ...flags }: ModelFlags & { readonly model?: string | undefined },
  terminal: Terminal,
): Promise<OpenedClassifier> {
  const head = await readHead(source);
  if (head !== undefined) {
    const { encoder, normalise, heads, size } = head.model;
    const options = modelOptions({ ...flags, encoder, normalise, heads }, terminal);
    const model = await openModel(named ?? head.model.source, options);
    requireSameModel(head, model);
    return { classifier: head, model, size };
  }
  if (named !== undefined) throw needless(source);
  const isThere = /^[a-z]+:/.test(source) || (await stat(source).catch(() => undefined)) !== undefined;
  if (!isThere) throw absent(source);
  const model = await openModel(source, modelOptions(flags, terminal));
  return { classifier: await officialClassifier(model), model, size: undefined };
}

/** How a model that was just opened is opened again, from any folder where it was named by its path. */
export async function headModel(
  source: string,
  { encoder, normalise, heads, size }: ModelFlags & { readonly size?: PictureSize | undefined },
  { name, fingerprint, preprocessing }: OpenedModel,
): Promise<HeadModel> {
  const isPath = (await stat(source).catch(() => undefined)) !== undefined;
  return {
    name,
    source: isPath ? resolve(source) : source,
    encoder,
    normalise,
    heads,
    fingerprint,
    size: size ?? preprocessing.size,
  };
}

/**
 * A head that `jepa classify train` wrote, as it goes out with its model: the temperature is part of its numbers, so that
 * a softmax of its logits gives the same probabilities.
 *
 * @throws UserError where it is no head, or of another model or size than is written
 */
export async function headToExport(source: string, model: OpenedModel): Promise<ExportedHead> {
  const head = await readHead(source);
  if (head === undefined) throw noHead(source);
  const { fingerprint, preprocessing } = model;
  const [own, asked] = [head.model, { fingerprint, size: preprocessing.size }].map(
    (each) => `${each.fingerprint} at ${each.size.height} x ${each.size.width}`,
  );
  if (own !== asked) throw ofAnother(asked, own);
  const { classes, weights, bias, temperature } = head;
  const tempered = (values: Float32Array) => values.map((value) => value / temperature);
  return { labels: classes, weight: tempered(weights), bias: tempered(bias) };
}

function noHead(source: string): UserError {
  const remedy = 'name a folder that "jepa classify train" wrote; a model\'s own head goes along by itself';
  return new UserError({ where: "--with", expected: "a trained head", received: `"${source}", which is none`, remedy });
}

function ofAnother(expected: string, received: string): UserError {
  return new UserError({
    where: "--with",
    expected: `a head for the model that is written (${expected})`,
    received: `one for ${received}`,
    remedy: "export the model that the head was trained with, or train a head for this one",
  });
}

/** The head that was named. Throws UserError where none was. */
export function requireHead(head: string | undefined): string {
  if (head !== undefined) return head;
  const remedy = 'name one, such as --with my-head ("jepa classify train" makes one)';
  throw new UserError({ where: "--with", expected: headWords, received: "none", remedy });
}

const headWords = "a trained head, or a model directory with a classification head";

function absent(source: string): UserError {
  const remedy = 'check the path, or make it with "jepa classify train"';
  return new UserError({ where: "--with", expected: headWords, received: `"${source}", which does not exist`, remedy });
}

function needless(source: string): UserError {
  return new UserError({
    where: "--with",
    expected: "a trained head, where --model is given",
    received: `${source}, which is none`,
    remedy: "leave --model out to use a model's own head, or name a head",
  });
}
