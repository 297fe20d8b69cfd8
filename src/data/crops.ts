// Which part of a picture a sample shows: the random-resized crop of Szegedy et
// al. 2015 (section 6), drawn as torchvision's RandomResizedCrop draws it, and the
// centred square for pictures that are looked at without augmentation.

import type { RandomStream } from "../random/index.ts";
import type { Box } from "./resample.ts";

/** Width over height of a crop lies between these, evenly on a logarithmic scale. */
const aspects = { least: 3 / 4, most: 4 / 3 };

const attempts = 10;

/**
 * A random box within a picture: its share of the area uniform in `scale`, its aspect ratio between 3/4 and 4/3.
 * Where ten draws do not fit into the picture, the largest centred box of an allowed aspect ratio.
 *
 * @param scale least and most share of the picture's area, each in (0, 1]
 */
export function randomResizedBox(
  random: RandomStream,
  width: number,
  height: number,
  scale: readonly [number, number],
): Box {
  const [least, most] = scale;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = width * height * (least + (most - least) * random.uniform());
    const aspect = aspects.least * (aspects.most / aspects.least) ** random.uniform();
    const boxWidth = Math.round(Math.sqrt(area * aspect));
    const boxHeight = Math.round(Math.sqrt(area / aspect));
    if (boxWidth < 1 || boxHeight < 1 || boxWidth > width || boxHeight > height) continue;
    const top = random.integer(height - boxHeight + 1);
    const left = random.integer(width - boxWidth + 1);
    return { left, top, width: boxWidth, height: boxHeight };
  }
  const aspect = Math.min(aspects.most, Math.max(aspects.least, width / height));
  const fitting = Math.min(width / aspect, height); // the height of the largest box of that aspect ratio
  return centred(width, height, Math.max(1, Math.round(fitting * aspect)), Math.max(1, Math.round(fitting)));
}

/** The largest square in the middle of a picture. */
export function centreSquare(width: number, height: number): Box {
  const side = Math.min(width, height);
  return centred(width, height, side, side);
}

function centred(width: number, height: number, boxWidth: number, boxHeight: number): Box {
  return {
    left: Math.floor((width - boxWidth) / 2),
    top: Math.floor((height - boxHeight) / 2),
    width: boxWidth,
    height: boxHeight,
  };
}
