// PyTorch's CPU generator as a RandomStream, so that masks drawn by the reference can be
// replayed: MT19937 (Matsumoto and Nishimura 1998) seeded by its `init_genrand(seed)`;
// rand(1) is the low 24 bits / 2^24; randint(0, n) is the word modulo n.

import type { RandomStream } from "../../src/random/index.ts";

const words = 624;
const middle = 397;

/** The stream that `torch.Generator().manual_seed(seed)` gives. Normal numbers are not replayed: they throw. */
export function torchStream(seed: number): RandomStream {
  const state = seeded(seed);
  let used = words;

  function u32(): number {
    if (used === words) {
      twist(state);
      used = 0;
    }
    return tempered(state[used++]);
  }

  return {
    u32,
    uniform: () => (u32() & 0xff_ffff) / 2 ** 24,
    integer: (bound) => u32() % bound,
    normal: () => {
      throw new Error("internal: normal numbers of PyTorch are not replayed");
    },
  };
}

function seeded(seed: number): Uint32Array {
  const state = new Uint32Array(words);
  state[0] = seed;
  for (let at = 1; at < words; at++) {
    const before = state[at - 1];
    state[at] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + at;
  }
  return state;
}

function twist(state: Uint32Array): void {
  for (let at = 0; at < words; at++) {
    const joined = (state[at] & 0x8000_0000) | (state[(at + 1) % words] & 0x7fff_ffff);
    const odd = (joined & 1) === 1 ? 0x9908_b0df : 0;
    state[at] = state[(at + middle) % words] ^ (joined >>> 1) ^ odd;
  }
}

function tempered(word: number): number {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c_5680;
  y ^= (y << 15) & 0xefc6_0000;
  return (y ^ (y >>> 18)) >>> 0;
}
