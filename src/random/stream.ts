// Streams of random numbers named by (seed, key): the same name gives the same numbers, in any
// process, thread or order. The name is absorbed into 128 bits by chaining Philox (a hash in
// Matyas-Meyer-Oseas form); these are the key and the upper half of the counter, whose lower half
// counts the blocks drawn. Two names collide with probability 2^-128 times their number squared.

import { philox } from "./philox.ts";

/** Numbers drawn one after another; each call moves the stream on. */
export interface RandomStream {
  /** An unsigned 32-bit integer. */
  u32(): number;
  /** Uniform in [0, 1), 24 bits: every value is exact in float32. */
  uniform(): number;
  /** Uniform integer in [0, bound), without bias; bound in 1..2^32. */
  integer(bound: number): number;
  /** Standard normal (Box and Muller 1958). */
  normal(): number;
}

/**
 * The stream named by a seed and a key, such as `randomStream(7, "augment", epoch, index)`.
 * Different names give independent streams; numbers and strings are different names even where they look alike.
 */
export function randomStream(seed: number, ...key: readonly (string | number)[]): RandomStream {
  const [key0 = 0, key1 = 0, high0 = 0, high1 = 0] = nameOf(seed, key);
  const block = new Uint32Array(4);
  let drawn = 0;
  let used = 4;
  let spareNormal: number | undefined;

  function u32(): number {
    if (used === 4) {
      block[0] = drawn >>> 0;
      block[1] = Math.floor(drawn / 2 ** 32);
      block[2] = high0;
      block[3] = high1;
      philox(block, key0, key1);
      drawn++;
      used = 0;
    }
    return block[used++] ?? 0;
  }

  function integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new RangeError(`internal: integer(bound) needs a bound in 1..2^32, not ${bound}`);
    }
    const limit = 2 ** 32 - (2 ** 32 % bound); // the largest multiple of the bound; what lies above would favour small results
    let word = u32();
    while (word >= limit) word = u32();
    return word % bound;
  }

  function normal(): number {
    if (spareNormal !== undefined) {
      const value = spareNormal;
      spareNormal = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log((u32() + 1) / 2 ** 32)); // + 1: the logarithm of 0 is never taken
    const angle = 2 * Math.PI * (u32() / 2 ** 32);
    spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  return { u32, uniform: () => (u32() >>> 8) / 2 ** 24, integer, normal };
}

/**
 * A uniformly random order of 0..n-1 (Fisher and Yates; Durstenfeld 1964).
 *
 * @returns [n], each index once
 */
export function permutation(stream: RandomStream, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, index) => index);
  for (let last = n - 1; last > 0; last--) {
    const chosen = stream.integer(last + 1);
    const moved = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = moved;
  }
  return order;
}

const numberMark = 1;
const textMark = 2;

function nameOf(seed: number, key: readonly (string | number)[]): Uint32Array {
  const state = new Uint32Array(4);
  for (const part of [seed, ...key]) {
    if (typeof part === "number") absorbNumber(state, part);
    else absorbText(state, part);
  }
  return state;
}

function absorbNumber(state: Uint32Array, value: number): void {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value + 0); // + 0 makes -0 and 0 one name
  absorb(state, numberMark, bits.getUint32(0), bits.getUint32(4));
}

function absorbText(state: Uint32Array, text: string): void {
  absorb(state, textMark, text.length, 0);
  for (let at = 0; at < text.length; at += 2) {
    absorb(state, textMark, text.charCodeAt(at), at + 1 < text.length ? text.charCodeAt(at + 1) : 0);
  }
}

function absorb(state: Uint32Array, mark: number, first: number, second: number): void {
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
  const block = Uint32Array.of((s2 ^ first) >>> 0, (s3 ^ second) >>> 0, mark, s0 ^ s1);
  philox(block, s0, s1);
  for (let word = 0; word < 4; word++) state[word] = (block[word] ?? 0) ^ (state[word] ?? 0);
}
