// The programs of a step, traced from a method: features of the teacher, the batch's targets, and the gradients of one
// micro-batch, written into the gradient store or added to what is there. (The update is `optim`'s.)

import type { ParameterBook } from "../nn/index.ts";
import type { Choice, LossInputs, Method, Terms } from "../objectives/index.ts";
import { add, gradients, input, type Tensor } from "../tensor/index.ts";

/** Bytes, or numbers that are normalised already (parity tests). */
export type PictureType = "u8" | "f32";

/** Shapes and element types of what is drawn on the host, by name. */
export type ChoiceShapes = Readonly<Record<string, Pick<Choice, "shape" | "dtype">>>;

/** Name of the input that carries the gradient of a parameter leaf so far. */
export const totalName = (feed: string): string => `total ${feed}`;
/** Name of the output that carries the gradient of a parameter leaf; its memory is that of the total. */
export const gradientName = (feed: string): string => `gradient ${feed}`;
/** Name of the output that carries a term of the loss. */
export const termName = (term: string): string => `term ${term}`;

/** Teacher's features of `pictures` pictures: output `features` [pictures, tokens, width]. */
export function traceFeatures(
  method: Method,
  book: ParameterBook,
  pictures: number,
  type: PictureType = "u8",
): Record<string, Tensor> {
  return { features: method.features(book.root, picturesInput(method, pictures, type)) };
}

/** The batch's targets from its features: output `targets` [batch, tokens, width]. */
export function traceTargets(method: Method, batch: number): Record<string, Tensor> {
  return { targets: method.targets(input("features", [batch, method.tokens, method.width])) };
}

/**
 * Loss terms of `pictures` pictures; `choices` gives the shapes
 * of what is drawn on the host, some usual ones where absent.
 */
export function traceLoss(
  method: Method,
  book: ParameterBook,
  pictures: number,
  choices: ChoiceShapes = method.usualChoices(pictures)[0],
  type: PictureType = "u8",
): Terms {
  return method.loss(book.root, lossInputs(method, pictures, choices, type));
}

/** The inputs of a loss as inputs of a graph: `pictures`, `targets` and the choices by name. */
export function lossInputs(method: Method, pictures: number, choices: ChoiceShapes, type: PictureType): LossInputs {
  return {
    pictures: picturesInput(method, pictures, type),
    targets: input("targets", [pictures, method.tokens, method.width]),
    choices: Object.fromEntries(
      Object.entries(choices).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
    ),
  };
}

/** Which gradients are traced, and how they are delivered. */
export interface GradientOptions {
  readonly trained: (leaf: string) => boolean;
  /** Whether gradients are added to totals (several micro-batches a step) or are the whole. */
  readonly added: boolean;
  readonly type?: PictureType | undefined;
}

/** Loss terms, and each trained leaf's gradient, with its old total where they are added. */
export function traceGradients(
  method: Method,
  book: ParameterBook,
  pictures: number,
  choices: ChoiceShapes,
  { trained, added, type = "u8" }: GradientOptions,
): Record<string, Tensor> {
  const terms = traceLoss(method, book, pictures, choices, type);
  const leaves = [...book.leaves.values()].filter(({ name }) => trained(name));
  const slopes = gradients(
    Object.values(terms).reduce((a, b) => add(a, b)),
    leaves.map(({ tensor }) => tensor),
  );
  return {
    ...Object.fromEntries(Object.entries(terms).map(([name, term]) => [termName(name), term])),
    ...Object.fromEntries(
      leaves.map(({ feed, tensor }, i) => [
        gradientName(feed),
        added ? add(input(totalName(feed), tensor.shape), slopes[i]) : slopes[i],
      ]),
    ),
  };
}

function picturesInput({ crop }: Method, pictures: number, type: PictureType): Tensor {
  return input("pictures", [pictures, crop, crop, 3], type);
}
