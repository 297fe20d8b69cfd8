// Fixed sine and cosine positions of a grid of patches, as I-JEPA's encoder and predictor store them (Assran et al.
// 2023; the one-dimensional code is Vaswani et al. 2017, section 3.5). With w_i = 10000^(-i / (width / 4)) for 0 <= i <
// width / 4:
//   e(p) = [sin(p w), cos(p w)],   patch (row, column) -> [e(column), e(row)]

import { UserError } from "../errors/index.ts";

const longestWave = 10_000;

/**
 * The position table of a grid: the first half of a row encodes the patch's column, the second half its row.
 *
 * Computed in float64 and rounded once, as the official code does.
 *
 * @param grid patches in rows and columns; patch (row, column) is at index `row * columns + column`
 * @param width of the network, a multiple of 4
 * @returns [rows * columns, width]
 * @throws UserError for a width that is no multiple of 4
 */
export function sinCosPositions(
  { rows, columns }: { readonly rows: number; readonly columns: number },
  width: number,
): Float32Array {
  if (width % 4 !== 0) {
    throw new UserError({
      where: "sinCosPositions",
      expected: "a width that is a multiple of 4",
      received: width,
      remedy: `use ${Math.ceil(width / 4) * 4}`,
    });
  }
  const table = new Float32Array(rows * columns * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = (row * columns + column) * width;
      writeWaves(table.subarray(start, start + width / 2), column);
      writeWaves(table.subarray(start + width / 2, start + width), row);
    }
  }
  return table;
}

// e(position): sines in the first half of `into`, cosines in the second.
function writeWaves(into: Float32Array, position: number): void {
  const waves = into.length / 2;
  for (let wave = 0; wave < waves; wave++) {
    const angle = position / longestWave ** (wave / waves);
    into[wave] = Math.sin(angle);
    into[wave + waves] = Math.cos(angle);
  }
}
