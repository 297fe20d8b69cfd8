// The programs of a recipe as pictures: traced as a run would trace them, and made into boxes and arrows.

import {
  count,
  foldBlocks,
  type Graph,
  type GraphBox,
  type GraphFigure,
  graphTotals,
  numeral,
  percent,
} from "../figures/index.ts";
import type { ParameterBook } from "../nn/index.ts";
import type { Method } from "../objectives/index.ts";
import { updateOfChunk } from "../optim/index.ts";
import { randomStream } from "../random/index.ts";
import type { Recipe } from "../runs/index.ts";
import { simplify, type Tensor } from "../tensor/index.ts";
import { graphBoxes } from "./graph-boxes.ts";
import { ownersOf } from "./graph-layers.ts";
import { chooseTeacherBatch } from "./micro-batch.ts";
import { declaredBy, studentParameters, updateChunk } from "./model-state.ts";
import { traceFeatures, traceGradients, traceLoss, traceTargets } from "./programs.ts";

/** The programs that can be drawn; `loss` is the forward part of `gradients`. */
export type ProgramName = "features" | "targets" | "loss" | "gradients" | "update";

export interface GraphOptions {
  /** Of the recipe, for the title. */
  readonly name: string;
  readonly program: ProgramName;
  readonly microBatch: number;
  /** As the engine gets it, instead of as the objective wrote it. */
  readonly simplified: boolean;
  /** Levels of scope that are told apart. */
  readonly depth: number;
  /** Each operation is a box. */
  readonly operations: boolean;
  /** Consecutive blocks that are equal are drawn once. */
  readonly folded: boolean;
}

/** One program of a recipe, ready to be drawn, and the pictures that it is traced for. */
export function recipeGraph(
  method: Method,
  recipe: Recipe,
  options: GraphOptions,
): GraphFigure & { readonly pictures: number } {
  const book = declaredBy(method);
  const pictures = tracedPictures(method, recipe, options);
  const traced = tracedProgram(method, book, recipe, { program: options.program, pictures });
  const owners = ownersOf(book);
  // A program that uses no parameters has no layers: its operations are all there is to show.
  const single = options.operations || options.program === "targets" || options.program === "update";
  const whole = graphBoxes(options.simplified ? simplify(traced) : traced, owners, { depth: options.depth, single });
  const graph = options.folded ? foldBlocks(whole) : whole;
  const name = `${options.name}-${options.program}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return {
    ...graph,
    name,
    title: titleOf(graph, options),
    caption: captionOf(graph, pictures, options),
    pictures,
  };
}

function tracedPictures(method: Method, { training }: Recipe, { program, microBatch }: GraphOptions): number {
  if (program === "features") return chooseTeacherBatch({ microBatch, tokens: method.tokens });
  return program === "targets" ? training.batch : microBatch;
}

/** The outputs of a program by name, as the step of a run compiles it for usual choices. */
function tracedProgram(
  method: Method,
  book: ParameterBook,
  recipe: Recipe,
  { program, pictures }: { readonly program: ProgramName; readonly pictures: number },
): Record<string, Tensor> {
  const choices = () =>
    method.choices((stream) => randomStream(recipe.seed, stream, 0), recipe.training.batch).forPictures(0, pictures);
  const students = new Set(studentParameters(method, book).map(({ name }) => name));
  switch (program) {
    case "features":
      return traceFeatures(method, book, pictures);
    case "targets":
      return traceTargets(method, pictures);
    case "loss":
      return { ...traceLoss(method, book, pictures, choices()) };
    case "gradients":
      return traceGradients(method, book, pictures, choices(), {
        trained: (name) => students.has(name),
        added: pictures < recipe.training.batch,
      });
    case "update": {
      const { betas, eps, clip } = recipe.optimizer;
      return updateOfChunk({
        betas,
        eps,
        chunk: updateChunk,
        teacher: method.teacher !== null,
        scaled: clip !== undefined,
      });
    }
  }
}

/** The finding: where the work is. */
function titleOf({ boxes }: Graph, { name, program }: GraphOptions): string {
  const total = graphTotals(boxes);
  const modules = [...new Set(boxes.map(moduleOf))].filter((module) => module !== "");
  const shares = modules
    .map((module) => ({
      module,
      share: graphTotals(boxes.filter((box) => moduleOf(box) === module)).flops / total.flops,
    }))
    .sort((a, b) => b.share - a.share);
  const what = `${name}, program "${program}"`;
  if (shares.length === 0) return `${what}: ${count(total.operations)} operations`;
  const [first, ...others] = shares.slice(0, 3).map(({ module, share }) => ({ module, part: percent(share, 0) }));
  const rest = others.map(({ module, part }) => `, ${part} in ${module}`).join("");
  return `${what}: ${first.part} of ${numeral(total.flops / 1e9, 3)} GFLOPs are in ${first.module}${rest}`;
}

function moduleOf({ scope }: GraphBox): string {
  return scope.split(".")[0];
}

/** How to read it, as far as it is there to be read. */
function captionOf({ boxes }: Graph, pictures: number, { program, simplified }: GraphOptions): string {
  const parts = {
    features: "a part of a micro-batch",
    targets: "a batch",
    loss: "a micro-batch",
    gradients: "a micro-batch",
  };
  const amount =
    program === "update" ? `a chunk of ${count(updateChunk)} parameters` : `${parts[program]}, ${pictures} pictures`;
  const repeated = boxes.some(({ repeats }) => repeats > 1);
  const layered = boxes.some(({ kind }) => kind === "layer");
  return [
    `Traced for ${amount}, ${simplified ? "after" : "before"} simplification.`,
    layered
      ? "A card with a name is a layer; one with a list of operations stands between layers."
      : "A card is an operation.",
    "Percentages and bars are shares of the FLOPs, arrows say the shapes they carry, pills are inputs, double pills outputs.",
    repeated ? "A frame with × n stands for n equal blocks one after the other, each with the numbers shown." : "",
    boxes.some(({ pass }) => pass === "backward") ? "What only the gradient needs is dashed." : "",
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}
