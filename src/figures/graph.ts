// A program's graph as plain data: boxes (layers, operations, inputs, outputs) and the arrows between them.
// Whoever traced the program fills it in; `graph-picture.ts` draws it, `graph-dot.ts` writes it for Graphviz.

import { numeral } from "./numerals.ts";

/** A value that an arrow carries. */
export interface GraphTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** One box. */
export interface GraphBox {
  /** Unique in its graph. */
  readonly id: string;
  /** `layer` uses parameters of its scope; `operations` stand between layers, or are shown one by one. */
  readonly kind: "layer" | "operations" | "input" | "output";
  /** Path of the layer, or of what the operations stand in (`encoder.blocks.0`); empty outside every layer. */
  readonly scope: string;
  /** Of an input or output. */
  readonly name: string;
  /** `backward`: only a gradient needs it. */
  readonly pass: "forward" | "backward";
  /** The number that a single operation takes beside values (`x - 1`, `1 - x`); absent for everything else. */
  readonly constant?: { readonly value: number; readonly first: boolean };
  /** Operations by name, in the order of their first use. */
  readonly operations: readonly { readonly name: string; readonly count: number }[];
  /** Floating-point operations of one evaluation. */
  readonly flops: number;
  /** Trained numbers that are used here. */
  readonly parameters: number;
  /** Gradients of parameters that leave the program here. */
  readonly gradients: number;
  /** What other boxes take from it. */
  readonly gives: readonly GraphTensor[];
  /** How many equal boxes of consecutive blocks this one stands for; the first is drawn. */
  readonly repeats: number;
}

/** Values that flow from one box to another. */
export interface GraphArrow {
  readonly from: string;
  readonly to: string;
  readonly tensors: readonly GraphTensor[];
}

/** Boxes and arrows without a cycle. */
export interface Graph {
  readonly boxes: readonly GraphBox[];
  readonly arrows: readonly GraphArrow[];
}

/** A graph with what stands around its picture. */
export interface GraphFigure extends Graph {
  /** Names the file and the ids inside: lower case, letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
}

/** What a whole graph costs, each box as often as it stands for. */
export interface GraphTotals {
  readonly operations: number;
  readonly flops: number;
  readonly parameters: number;
}

/** Totals of some boxes; parameters used in both passes count once. */
export function graphTotals(boxes: readonly GraphBox[]): GraphTotals {
  const sum = (of: (box: GraphBox) => number) => boxes.reduce((total, box) => total + box.repeats * of(box), 0);
  return {
    operations: sum(({ operations }) => operations.reduce((total, { count }) => total + count, 0)),
    flops: sum(({ flops }) => flops),
    parameters: sum(({ parameters }) => parameters),
  };
}

/** A shape as a figure shows it: `64×24×128`, `i32 64×24`, `scalar`. */
export function shapeText({ shape, dtype }: GraphTensor): string {
  const size = shape.length === 0 ? "scalar" : shape.join("×");
  return dtype === "f32" ? size : `${dtype} ${size}`;
}

/** What an arrow carries: each shape once, with how many there are of it. */
export function tensorsText(tensors: readonly GraphTensor[]): string {
  const counts = new Map<string, number>();
  for (const tensor of tensors) counts.set(shapeText(tensor), (counts.get(shapeText(tensor)) ?? 0) + 1);
  return [...counts].map(([text, count]) => (count === 1 ? text : `${count} of ${text}`)).join(", ");
}

/** Path of the repeated block that a scope lies in, up to its first number (`encoder.blocks.0`), or undefined. */
export function blockOf(scope: string): string | undefined {
  return /^(?:.*?\.)?\d+(?=\.|$)/.exec(scope)?.[0];
}

/**
 * Paths of the first and last block for which a box of this scope
 * stands: `encoder.blocks.0` to `3`, written `encoder.blocks.0–3`.
 */
export function blocksText(block: string, repeats: number): string {
  const first = Number(/\d+$/.exec(block)?.[0] ?? 0);
  return repeats === 1 ? block : `${block}–${first + repeats - 1}`;
}

/** Something and how often: `add`, `3 reshape`. */
export function timesText(name: string, count: number): string {
  return count === 1 ? name : `${count} ${name}`;
}

/** Floating-point operations in the unit that suits them. */
export function flopsText(flops: number): string {
  return flops >= 1e8 ? `${numeral(flops / 1e9)} GFLOPs` : `${numeral(flops / 1e6)} MFLOPs`;
}
