// Tensors as views: shape and strides over a run of numbers, the element [i, j] at i * strides[0] + j * strides[1].

import { elements } from "../tensor/index.ts";

/** How the elements of a tensor lie in their storage; strides count numbers, not bytes. */
export interface TorchView {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** How many numbers lie from the first element to the last, both counted; 0 where there are no elements. */
export function spanOf({ shape, strides }: TorchView): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], 1);
}

/** Whether the elements lie one after the other, the last axis fastest. */
export function isRowMajor({ shape, strides }: TorchView): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/**
 * Copies the elements of a view one after the other, the last axis fastest.
 *
 * @param span the bytes from the view's first element to its last
 * @param width bytes of one number
 */
export function rowMajorBytes(span: Uint8Array, width: number, view: TorchView): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(elements(view.shape) * width);
  const place = view.shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < bytes.length; to += width) {
    for (let i = 0; i < width; i++) bytes[to + i] = span[from * width + i];
    from += advance(place, view);
  }
  return bytes;
}

/** Moves `place` to the next element and gives the distance to it, in numbers; after the last comes the first. */
function advance(place: number[], { shape, strides }: TorchView): number {
  let distance = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place[axis]++;
    distance += strides[axis];
    if (place[axis] < shape[axis]) return distance;
    distance -= shape[axis] * strides[axis];
    place[axis] = 0;
  }
  return distance;
}
