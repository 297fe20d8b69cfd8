// Philox4x32-10, a counter-based generator: Salmon et al. 2011, "Parallel random numbers: as
// easy as 1, 2, 3", section 3. Ten rounds of multiplication and exclusive-or turn (128-bit
// counter, 64-bit key) into 128 random bits; no state between calls.

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9; // golden ratio
const weyl1 = 0xbb67ae85; // square root of 3, minus 1
const rounds = 10;

/**
 * Encrypts the counter held in `block` with the key, in place.
 *
 * @param block four 32-bit words: the counter in, the random words out
 */
export function philox(block: Uint32Array, key0: number, key1: number): void {
  let [word0 = 0, word1 = 0, word2 = 0, word3 = 0] = block;
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multiplier0, word0);
    const low0 = Math.imul(multiplier0, word0);
    const high1 = multiplyHigh(multiplier1, word2);
    const low1 = Math.imul(multiplier1, word2);
    word0 = (high1 ^ word1 ^ k0) >>> 0;
    word1 = low1 >>> 0;
    word2 = (high0 ^ word3 ^ k1) >>> 0;
    word3 = low0 >>> 0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  block[0] = word0;
  block[1] = word1;
  block[2] = word2;
  block[3] = word3;
}

// Upper 32 bits of the 64-bit product of two unsigned 32-bit
// numbers, by halves of 16 bits so that every sum stays exact.
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0;
}
