import * as ort from "onnxruntime-node";
import { onnxBytes } from "./src/tensor/index.ts";
const threads = Number(process.argv[2] ?? 2);
type N = { type: string; inputs: string[]; outputs: string[]; attributes?: any; domain?: string };
async function time(nodes: N[], inputs: Record<string, number[]>, outputs: Record<string, number[]>, reps = 30) {
  const m: any = { nodes: nodes.map((n) => ({ attributes: {}, domain: "", ...n })), constants: [], inputs: Object.entries(inputs).map(([name, shape]) => ({ name, shape, dtype: "f32" })), outputs: Object.entries(outputs).map(([name, shape]) => ({ name, shape, dtype: "f32" })), emptySequence: "refused" };
  const s = await ort.InferenceSession.create(onnxBytes(m), { intraOpNumThreads: threads, graphOptimizationLevel: "basic", enableMemPattern: false, extra: { session: { force_spinning_stop: "1" } } } as never);
  const T = (sh: number[]) => new ort.Tensor("float32", new Float32Array(sh.reduce((a, b) => a * b, 1)).map(() => Math.random() - 0.5), sh);
  const feeds = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, T(v)]));
  const fetches: any = { refused: null, ...Object.fromEntries(Object.entries(outputs).map(([k, v]) => [k, T(v)])) };
  const ts: number[] = [];
  for (let i = 0; i < reps; i++) { const t = performance.now(); await s.run(feeds, fetches).catch((e) => { if (!/Non tensor/.test(e.message)) throw e; }); ts.push(performance.now() - t); }
  await s.release();
  ts.sort((a, b) => a - b);
  return ts[Math.floor(reps / 2)].toFixed(3);
}
const ms = "com.microsoft";
const g = (C: boolean): N => ({ type: "Gemm", inputs: C ? ["x", "w", "b"] : ["x", "w"], outputs: ["h"], attributes: { transB: 1 } });
for (const [R, D] of [[960, 192], [4096, 192], [480, 384], [1568, 384], [784, 768], [240, 768]]) {
  const F = 4 * D;
  const fc1 = { x: [R, D], w: [F, D], b: [F] };
  console.log(`R ${R} D ${D}: fc1 gemm`, await time([g(false)], { x: [R, D], w: [F, D] }, { h: [R, F] }), "gemm+C", await time([g(true)], fc1, { h: [R, F] }),
    "gemm,Add", await time([g(false), { type: "Add", inputs: ["h", "b"], outputs: ["y"] }], fc1, { y: [R, F] }),
    "| +gelu: C", await time([g(true), { type: "Gelu", inputs: ["h"], outputs: ["y"] }], fc1, { y: [R, F] }),
    "BiasGelu", await time([g(false), { type: "BiasGelu", domain: ms, inputs: ["h", "b"], outputs: ["y"] }], fc1, { y: [R, F] }),
    "| fc2 res ln", await time([{ ...g(true), }, { type: "Add", inputs: ["h", "r"], outputs: ["s"] }, { type: "LayerNormalization", inputs: ["s", "g", "be"], outputs: ["y"] }], { x: [R, F], w: [D, F], b: [D], r: [R, D], g: [D], be: [D] }, { y: [R, D], s: [R, D] }),
    "C=res, Add", await time([{ type: "Gemm", inputs: ["x", "w", "r"], outputs: ["h"], attributes: { transB: 1 } }, { type: "Add", inputs: ["h", "b"], outputs: ["s"] }, { type: "LayerNormalization", inputs: ["s", "g", "be"], outputs: ["y"] }], { x: [R, F], w: [D, F], b: [D], r: [R, D], g: [D], be: [D] }, { y: [R, D], s: [R, D] }),
    "SkipLN", await time([g(false), { type: "SkipLayerNormalization", domain: ms, inputs: ["h", "r", "g", "be", "b"], outputs: ["y", "", "", "s"] }], { x: [R, F], w: [D, F], b: [D], r: [R, D], g: [D], be: [D] }, { y: [R, D], s: [R, D] }),
    "ln only", await time([{ type: "LayerNormalization", inputs: ["r", "g", "be"], outputs: ["y"] }], { r: [R, D], g: [D], be: [D] }, { y: [R, D] }),
  );
}
process.exit(0);
