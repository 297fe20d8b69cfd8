// Twelve equal blocks say no more than one of them twelve times: consecutive blocks
// (`encoder.blocks.0`, `.1`, ...) that hold the same boxes, joined by the same arrows,
// become one. Blocks that differ in anything stay apart, so nothing is hidden.

import { blockOf, type Graph, type GraphArrow, type GraphBox } from "./graph.ts";

interface Block {
  readonly stack: string;
  readonly number: number;
  readonly boxes: GraphBox[];
}

/**
 * The graph with each run of equal blocks drawn once, as its
 * first; what flows from one of them to the next is left out.
 */
export function foldBlocks(graph: Graph): Graph {
  const blocks = blocksOf(graph.boxes);
  const content = contentOf(blocks, graph.arrows);
  const place = new Map<string, { readonly drawn: GraphBox; readonly block: Block; readonly first: Block }>();
  const repeats = new Map<Block, number>();
  for (const [i, block] of blocks.entries()) {
    const before = blocks[i - 1];
    const follows = before?.stack === block.stack && before.number + 1 === block.number;
    const first = (follows && content[i - 1] === content[i] && place.get(before.boxes[0].id)?.first) || block;
    repeats.set(first, (repeats.get(first) ?? 0) + 1);
    for (const [at, { id }] of block.boxes.entries()) place.set(id, { drawn: first.boxes[at], block, first });
  }
  const boxes = graph.boxes.flatMap((box) => {
    const { drawn = box, first } = place.get(box.id) ?? {};
    return drawn === box ? [{ ...box, repeats: (first && repeats.get(first)) ?? 1 }] : [];
  });
  const arrows = new Map<string, GraphArrow>();
  for (const { from, to, tensors } of graph.arrows) {
    const [source, target] = [place.get(from), place.get(to)];
    if (source?.first !== undefined && source.first === target?.first && source.block !== target.block) continue;
    const ends = { from: source?.drawn.id ?? from, to: target?.drawn.id ?? to };
    const key = JSON.stringify(ends);
    if (!arrows.has(key)) arrows.set(key, { ...ends, tensors });
  }
  const folded = { boxes, arrows: [...arrows.values()] };
  return hasCycle(folded) ? graph : folded;
}

/** Blocks by stack and number, each with its boxes in their order. */
function blocksOf(boxes: readonly GraphBox[]): Block[] {
  const blocks = new Map<string, Block>();
  for (const box of boxes) {
    const path = blockOf(box.scope);
    if (path === undefined) continue;
    const stack = path.replace(/\d+$/, "");
    const block = blocks.get(path) ?? { stack, number: Number(path.slice(stack.length)), boxes: [] };
    blocks.set(path, block);
    block.boxes.push(box);
  }
  return [...blocks.values()].sort((a, b) => (a.stack === b.stack ? a.number - b.number : a.stack < b.stack ? -1 : 1));
}

/** For each block a text that says all about it but its number. */
function contentOf(blocks: readonly Block[], arrows: readonly GraphArrow[]): string[] {
  const at = new Map(blocks.flatMap((block) => block.boxes.map(({ id }, index) => [id, { block, index }] as const)));
  const inside = new Map<Block, string[]>();
  for (const { from, to, tensors } of arrows) {
    const [source, target] = [at.get(from), at.get(to)];
    if (source === undefined || source.block !== target?.block) continue;
    const arrow = JSON.stringify([source.index, target.index, tensors]);
    inside.set(source.block, [...(inside.get(source.block) ?? []), arrow]);
  }
  return blocks.map((block) => {
    const path = `${block.stack}${block.number}`;
    const boxes = block.boxes.map(({ id: _, scope, ...box }) => ({ ...box, scope: scope.slice(path.length) }));
    return JSON.stringify([boxes, (inside.get(block) ?? []).sort()]);
  });
}

function hasCycle({ boxes, arrows }: Graph): boolean {
  const waiting = new Map(boxes.map(({ id }) => [id, 0]));
  const targets = new Map<string, string[]>();
  for (const { from, to } of arrows) {
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
    targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  let done = 0;
  for (let id = ready.pop(); id !== undefined; id = ready.pop(), done++) {
    for (const target of targets.get(id) ?? []) {
      const left = (waiting.get(target) ?? 0) - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return done < boxes.length;
}
