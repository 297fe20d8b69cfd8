// The door of `figures`: pictures and pages drawn from numbers. Plain arrays in, SVG, PNG and HTML out; no tensors, no runs.

export { count, duration, numeral, percent } from "./numerals.ts";
export type { Score, Standing } from "./score.ts";
