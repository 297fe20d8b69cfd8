import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { permutation, type RandomStream, randomStream } from "./index.ts";

function draw(stream: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => stream.u32());
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe("randomStream", () => {
  it("gives the same numbers for the same name", () => {
    const key = fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 });
    fc.assert(
      fc.property(fc.integer(), key, (seed, parts) => {
        expect(draw(randomStream(seed, ...parts), 9)).toEqual(draw(randomStream(seed, ...parts), 9));
      }),
    );
  });

  it("never changes: runs are resumed and compared across versions by these numbers", () => {
    expect(draw(randomStream(0), 3)).toEqual([3200906242, 1259715499, 14924893]);
    expect(draw(randomStream(7, "augment", 3, 41), 3)).toEqual([933855510, 1333463179, 1595021834]);
  });

  it("gives other numbers for every other name", () => {
    const names: [number, ...(string | number)[]][] = [
      [0],
      [1],
      [-1],
      [0.5],
      [2 ** 32],
      [0, 0],
      [0, "0"],
      [0, ""],
      [0, "a", "b"],
      [0, "ab"],
      [0, "ab", ""],
      [0, "b", "a"],
      [0, "a", 1],
      [0, 1, "a"],
      [0, 1, 2],
      [0, 2, 1],
    ];
    const firsts = names.map(([seed, ...key]) => draw(randomStream(seed, ...key), 4).join());
    expect(new Set(firsts).size).toBe(names.length);
  });

  it("takes -0 and 0 for one name", () => {
    expect(draw(randomStream(-0, -0), 2)).toEqual(draw(randomStream(0, 0), 2));
  });

  it("leaves neighbouring names uncorrelated", () => {
    // 40,000 pairs: the correlation of independent streams has standard deviation 1 / 200; 0.02 is four of them.
    const count = 40_000;
    const pairs = Array.from({ length: count }, (_, index) => {
      return (randomStream(5, index).uniform() - 0.5) * (randomStream(5, index + 1).uniform() - 0.5);
    });
    expect(Math.abs(mean(pairs) * 12)).toBeLessThan(0.02);
  });

  it("draws uniform numbers in [0, 1) of 24 bits, mean 1/2 and variance 1/12", () => {
    const stream = randomStream(11, "uniform");
    const values = Array.from({ length: 40_000 }, () => stream.uniform());
    expect(values.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 24))).toBe(true);
    expect(values.every((value) => Math.fround(value) === value)).toBe(true);
    // Standard deviation of the mean: sqrt(1/12 / 40000) = 0.0014; of the variance 0.0004. Four of each.
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.006);
    expect(Math.abs(mean(values.map((value) => (value - 0.5) ** 2)) - 1 / 12)).toBeLessThan(0.0016);
  });

  it("draws every integer below the bound equally often", () => {
    const stream = randomStream(11, "integer");
    const seen = new Array<number>(7).fill(0);
    for (let draws = 0; draws < 70_000; draws++) {
      const value = stream.integer(7);
      seen[value] = (seen[value] ?? 0) + 1;
    }
    // Standard deviation of a count: sqrt(70000 * 1/7 * 6/7) = 93; five of them.
    for (const count of seen) expect(Math.abs(count - 10_000)).toBeLessThan(465);
  });

  it("refuses a bound that is no positive integer of 32 bits", () => {
    for (const bound of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) {
      expect(() => randomStream(0).integer(bound)).toThrow("internal: integer(bound)");
    }
    expect(randomStream(0).integer(1)).toBe(0);
    expect(randomStream(3).integer(2 ** 32)).toBe(randomStream(3).u32());
  });

  it("draws normal numbers of mean 0, variance 1, skewness 0 and kurtosis 3", () => {
    const stream = randomStream(11, "normal");
    const values = Array.from({ length: 100_000 }, () => stream.normal());
    const moment = (power: number) => mean(values.map((value) => value ** power));
    // Standard deviations at n = 100,000: 0.0032, 0.0045, 0.0122, 0.031. Four of each.
    expect(Math.abs(moment(1))).toBeLessThan(0.013);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.018);
    expect(Math.abs(moment(3))).toBeLessThan(0.049);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.124);
  });
});

describe("permutation", () => {
  it("holds each index once", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 200 }), (seed, n) => {
        const sorted = permutation(randomStream(seed), n).sort();
        expect([...sorted]).toEqual(Array.from({ length: n }, (_, index) => index));
      }),
    );
  });

  it("gives each of the six orders of three equally often", () => {
    const stream = randomStream(2, "orders");
    const counts = new Map<string, number>();
    for (let draws = 0; draws < 12_000; draws++) {
      const order = permutation(stream, 3).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Standard deviation of a count: sqrt(12000 * 1/6 * 5/6) = 41; five of them.
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(205);
  });
});
