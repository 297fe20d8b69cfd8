// Cholesky factors of symmetric positive definite matrices (Golub and Van Loan 2013, algorithm
// 4.2.1, row by row): A = L L', and A^-1 v by one forward and one backward substitution.

/** The lower factor [size, size], row-major; what lies above the diagonal is not used. */
export interface CholeskyFactor {
  readonly size: number;
  readonly rows: Float64Array;
}

/**
 * A pivot this small beside the largest is rounding of zero:
 * the direction is left out by giving it the largest instead.
 */
const leastPivot = 1e-14;

/** Factors the matrix [size, size] whose lower triangle is in `rows`, in place. size^3 / 3 operations. */
export function choleskyFactor(rows: Float64Array, size: number): CholeskyFactor {
  let largest = 0;
  for (let i = 0; i < size; i++) largest = Math.max(largest, rows[i * size + i]);
  for (let i = 0; i < size; i++) {
    const own = rows.subarray(i * size, (i + 1) * size);
    for (let j = 0; j < i; j++) {
      const other = rows.subarray(j * size, j * size + j + 1);
      own[j] = (own[j] - productBefore(own, other, j)) / other[j];
    }
    const pivot = own[i] - productBefore(own, own, i);
    own[i] = Math.sqrt(pivot > leastPivot * largest ? pivot : largest);
  }
  return { size, rows };
}

/** Overwrites `vector` [size] with A^-1 vector. */
export function solve(factor: CholeskyFactor, vector: Float64Array): void {
  const { size, rows } = factor;
  solveLower(factor, vector);
  for (let i = size - 1; i >= 0; i--) {
    const own = rows.subarray(i * size, i * size + i + 1);
    const value = vector[i] / own[i];
    vector[i] = value;
    for (let j = 0; j < i; j++) vector[j] -= own[j] * value;
  }
}

/** Overwrites `vector` [size] with L^-1 vector. */
export function solveLower({ size, rows }: CholeskyFactor, vector: Float64Array): void {
  for (let i = 0; i < size; i++) {
    const own = rows.subarray(i * size, i * size + i + 1);
    vector[i] = (vector[i] - productBefore(own, vector, i)) / own[i];
  }
}

/** Product of the first `count` entries; four sums at once, since a single one would wait for each addition. */
function productBefore(a: Float64Array, b: Float64Array, count: number): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = count - (count % 4);
  for (let k = 0; k < whole; k += 4) {
    first += a[k] * b[k];
    second += a[k + 1] * b[k + 1];
    third += a[k + 2] * b[k + 2];
    fourth += a[k + 3] * b[k + 3];
  }
  for (let k = whole; k < count; k++) first += a[k] * b[k];
  return first + second + third + fourth;
}
