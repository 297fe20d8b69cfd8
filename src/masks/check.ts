// Faults of mask options that only the grid shows, found before training: sizes that no
// position can satisfy, and sizes that almost none can. The first kind is decided
// exactly, over every size that can be drawn; the second by a short simulation.

import { UserError } from "../errors/index.ts";
import { randomStream } from "../random/index.ts";
import { possibleSizes, sizeRules } from "./block-size.ts";
import { fixedShapes, placeTargets } from "./fixed.ts";
import { checkSize, type MaskStreams, sampleMultiBlock } from "./multi-block.ts";
import type { FixedBlockOptions, Grid, MaskOptions, MultiBlockOptions } from "./options.ts";

/** The simulation: block sizes differ from batch to batch, so there are many small ones. */
const batches = 64;
const pictures = 8;

/** Targets that a context gives up on average; above this it is another method: what is predicted is visible. */
const mostRelaxed = 0.5;

/** Below this share of layouts with room for the context, what is drawn is no longer random. */
const leastRoomy = 0.05;

/**
 * Throws a UserError that names the field and a value that works when the sampler cannot draw such masks on this grid.
 *
 * For `multi-block` that is: some size that can be drawn holds no more than `minKeep` patches (the
 * official sampler never returns then), or most contexts would overlap their targets. For `fixed`: no
 * block of `targetTokens` patches fits, or the targets hardly ever leave `contextTokens` free.
 */
export function checkMasks(options: MaskOptions, grid: Grid): void {
  if (options.kind === "fixed") checkFixed(options, grid);
  else checkMultiBlock(options, grid);
}

function checkMultiBlock(options: MultiBlockOptions, grid: Grid): void {
  const rules = sizeRules(options);
  for (const name of ["target", "context"] as const) {
    const [smallest] = possibleSizes(rules[name], grid);
    if (smallest !== undefined) checkSize(name, smallest, options.minKeep, grid);
  }
  const random = streams(options.kind);
  let relaxations = 0;
  for (let batch = 0; batch < batches; batch++)
    relaxations += sampleMultiBlock(options, grid, pictures, random).relaxations;
  if (relaxations <= mostRelaxed * batches * pictures * options.contexts) return;
  throw new UserError({
    where: "masks.minKeep",
    expected: `less than what ${options.targets} targets usually leave of a context on the ${grid.rows} x ${grid.columns} grid`,
    received: options.minKeep,
    remedy: "use a smaller minKeep, fewer or smaller targets, or smaller patches",
  });
}

function checkFixed(options: FixedBlockOptions, grid: Grid): void {
  const shapes = fixedShapes(options, grid);
  const { place } = streams(options.kind);
  let roomy = 0;
  for (let picture = 0; picture < batches * pictures; picture++) {
    if (placeTargets(options, grid, shapes, place).tries === 1) roomy++;
  }
  if (roomy >= leastRoomy * batches * pictures) return;
  throw new UserError({
    where: "masks.contextTokens",
    expected: `no more patches than ${options.targets} targets of ${options.targetTokens} usually leave free on the ${grid.rows} x ${grid.columns} grid`,
    received: options.contextTokens,
    remedy: "use fewer context tokens, fewer or smaller targets, or smaller patches",
  });
}

function streams(kind: MaskOptions["kind"]): MaskStreams {
  return { size: randomStream(0, "check masks", kind, "size"), place: randomStream(0, "check masks", kind, "place") };
}
