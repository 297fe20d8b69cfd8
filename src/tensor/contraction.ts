// Matrix products, which is where a transformer's time goes. `matmul` is the batched
// product with transpose flags and a scale (onnxruntime's FusedMatMul, or Gemm where it
// has two dimensions); `affine` is a dense layer: a matrix product and a bias.

import { gemmReference, productReference } from "./contraction-reference.ts";
import type { Shape, Signature, Tensor } from "./graph.ts";
import { reshape, unbroadcast } from "./movement.ts";
import { type Context, operation, type TensorFunction } from "./operation.ts";
import { broadcastShapes, elements, requireSame, requireType, shapeError } from "./shapes.ts";

/** How factors are turned before, and scaled after, their product. */
export interface ProductOptions {
  /** Use the transpose of a's (b's) last two axes. */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly scale?: number;
}

type Flags = Required<ProductOptions>;

/** scale * a @ b over the last two axes; the axes before them broadcast. */
export const matmul: TensorFunction<[a: Tensor, b: Tensor, options?: ProductOptions]> = operation("matmul", {
  call: (a: Tensor, b: Tensor, { transposeA = false, transposeB = false, scale = 1 }: ProductOptions = {}) => ({
    inputs: [a, b],
    attributes: { transposeA, transposeB, scale },
  }),
  shape: ([a, b], { transposeA, transposeB }) => {
    requireMatrices("matmul", a, b);
    const [rows, inner] = matrixSizes(a.shape, transposeA);
    const [innerB, columns] = matrixSizes(b.shape, transposeB);
    requireSame("matmul", `inner size of b to match ${inner} of [${a.shape.join(", ")}]:`, inner, innerB, b.shape);
    const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    return { shape: [...batch, rows, columns], dtype: "f32" };
  },
  gradient: ([a, b], _y, dy, options) => [gradientOfLeft(a, b, dy, options), gradientOfRight(a, b, dy, options)],
  lower: (emitter, inputs, { attributes, inputs: [a, b] }) => {
    const { transposeA, transposeB, scale } = attributes;
    if (a.shape.length === 2 && b.shape.length === 2) return emitter.node("Gemm", inputs, gemmAttributes(attributes));
    if (!transposeA && !transposeB && scale === 1) return emitter.node("MatMul", inputs);
    return emitter.node("FusedMatMul", inputs, gemmAttributes(attributes), { domain: "com.microsoft" });
  },
  reference: productReference,
  flops: flopsOfProduct,
});

/** scale * a @ b + c for matrices; c broadcasts to the result. */
export const affine: TensorFunction<[a: Tensor, b: Tensor, c: Tensor, options?: ProductOptions]> = operation("affine", {
  call: (
    a: Tensor,
    b: Tensor,
    c: Tensor,
    { transposeA = false, transposeB = false, scale = 1 }: ProductOptions = {},
  ) => ({
    inputs: [a, b, c],
    attributes: { transposeA, transposeB, scale },
  }),
  shape: ([a, b, c], { transposeA, transposeB }) => {
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      throw shapeError("affine", "two matrices", `[${a.shape.join(", ")}] and [${b.shape.join(", ")}]`, [
        "reshape them",
      ]);
    }
    const [rows, inner] = matrixSizes(a.shape, transposeA);
    const [innerB, columns] = matrixSizes(b.shape, transposeB);
    requireSame("affine", `inner size of b to match ${inner} of [${a.shape.join(", ")}]:`, inner, innerB, b.shape);
    const shape = broadcastShapes("affine", [rows, columns], c.shape);
    return { shape, dtype: "f32" };
  },
  gradient: ([a, b], _y, dy, options) => [gradientOfLeft(a, b, dy, options), gradientOfRight(a, b, dy, options), dy],
  // Gemm copies its own addend over the result with one thread before it multiplies: up to a quarter of the time.
  lower: (emitter, [a, b, c], { attributes }) =>
    emitter.node("Add", [emitter.node("Gemm", [a, b], gemmAttributes(attributes)), c]),
  reference: gemmReference,
  flops: flopsOfProduct,
});

/**
 * x @ weight^T + bias over the last axis, weight stored [out, in] as PyTorch does.
 *
 * @param x [..., in]
 * @param weight [out, in]
 * @param bias [out] or absent
 * @returns [..., out]
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [out, width] = weight.shape;
  requireSame("linear", "last axis of x", width, x.shape[x.shape.length - 1], x.shape);
  const rows = x.shape.length === 2 ? x : reshape(x, [-1, width]);
  const y = bias ? affine(rows, weight, bias, { transposeB: true }) : matmul(rows, weight, { transposeB: true });
  return x.shape.length === 2 ? y : reshape(y, [...x.shape.slice(0, -1), out]);
}

function gradientOfLeft(a: Tensor, b: Tensor, dy: Tensor, { transposeA, transposeB, scale }: Flags): Tensor {
  const da = transposeA
    ? matmul(b, dy, { transposeA: transposeB, transposeB: true, scale })
    : matmul(dy, b, { transposeB: !transposeB, scale });
  return unbroadcast(da, a.shape);
}

/**
 * A right factor that was shared by the whole batch gets one product over all rows, not a batch of them to be summed.
 */
function gradientOfRight(a: Tensor, b: Tensor, dy: Tensor, { transposeA, transposeB, scale }: Flags): Tensor {
  const shared = b.shape.length === 2 && a.shape.length > 2 && !transposeA;
  const left = shared ? reshape(a, [-1, a.shape[a.shape.length - 1]]) : a;
  const right = shared ? reshape(dy, [-1, dy.shape[dy.shape.length - 1]]) : dy;
  const db = transposeB
    ? matmul(right, left, { transposeA: true, transposeB: transposeA, scale })
    : matmul(left, right, { transposeA: !transposeA, scale });
  return unbroadcast(db, b.shape);
}

function gemmAttributes({ transposeA, transposeB, scale }: Flags) {
  return { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } };
}

function flopsOfProduct({ inputs: [a], outputs: [y], attributes: { transposeA } }: Context<Flags>): number {
  return 2 * elements(y.shape) * matrixSizes(a.shape, transposeA)[1];
}

function matrixSizes(shape: Shape, transposed: boolean): [rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

function requireMatrices(operation: string, ...tensors: Signature[]): void {
  for (const tensor of tensors) {
    requireType(operation, tensor, "f32");
    if (tensor.shape.length < 2) {
      throw shapeError(operation, "at least two axes", `[${tensor.shape.join(", ")}]`, [
        "reshape a vector to a matrix",
      ]);
    }
  }
}
