// `random:small` and so on: the official sizes with untrained weights, for benchmarks and first steps. The numbers
// follow from the seed.

import { nearest, UserError } from "../errors/index.ts";
import { imageNetPixels, initialValues, type OfficialSize, officialSizes } from "../nn/index.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { encoderDeclarations, type OpenedModel } from "./opened-model.ts";

const seed = 0;
const side = 224;
/** The benchmarks' patch, for every size. */
const patch = 16;

/** Makes the model. Throws UserError where there is no such size. */
export async function randomModel(size: string, name: string): Promise<OpenedModel> {
  if (!isOfficial(size)) {
    const names = Object.keys(officialSizes);
    const near = nearest(size, names);
    const remedy = near === undefined ? `use random:${names[1]}` : `did you mean random:${near}?`;
    throw new UserError({ where: name, expected: `random: and one of ${names.join(", ")}`, received: size, remedy });
  }
  const grid = { rows: side / patch, columns: side / patch };
  const sizes = { ...officialSizes[size], patch, epsilon: 1e-6, grid };
  const parameters = new Map(
    [...encoderDeclarations(sizes)].map(([official, declaration]) => {
      return [official, { shape: declaration.shape, pieces: [{ values: initialValues(declaration, seed) }] }];
    }),
  );
  const preprocessing = { size: { height: side, width: side }, part: "square", pixels: imageNetPixels } as const;
  return {
    name,
    family: "I-JEPA",
    kind: "random weights",
    sizes,
    encoder: "context",
    preprocessing,
    parameters,
    notices: [`${name} is untrained: its vectors tell little about pictures`],
    fingerprint: await fingerprintOf(sizes, preprocessing, parameters),
  };
}

function isOfficial(size: string): size is OfficialSize {
  return Object.hasOwn(officialSizes, size);
}
