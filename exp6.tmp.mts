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

for (const [M, N, K] of [[3072, 768, 240], [768, 3072, 240], [768, 768, 240], [1536, 384, 480], [384, 1536, 480], [384, 384, 480], [768, 192, 1536], [192, 192, 1536], [1536, 384, 1536], [768,192,3072]]) {
  const a = { transA: 1 };
  const ins = { a: [K, M], b: [K, N] }, insC = { ...ins, c: [M, N] };
  const f = (t: string) => `${t} (${((2 * M * N * K) / Number(t) / 1e6).toFixed(0)})`;
  console.log(M, N, K, "TN", f(await time([{ type: "Gemm", inputs: ["a", "b"], outputs: ["y"], attributes: a }], ins, { y: [M, N] })),
   "TN+C", f(await time([{ type: "Gemm", inputs: ["a", "b", "c"], outputs: ["y"], attributes: a }], insC, { y: [M, N] })),
   "TN,Add", f(await time([{ type: "Gemm", inputs: ["a", "b"], outputs: ["h"], attributes: a }, { type: "Add", inputs: ["c", "h"], outputs: ["y"] }], insC, { y: [M, N] })),
   "Tr,NN", f(await time([{ type: "Transpose", inputs: ["a"], outputs: ["at"], attributes: { perm: [1, 0] } }, { type: "Gemm", inputs: ["at", "b"], outputs: ["y"] }], ins, { y: [M, N] })),
   "NN", f(await time([{ type: "Gemm", inputs: ["a", "b"], outputs: ["y"] }], { a: [M, K], b: [K, N] }, { y: [M, N] })));
}
process.exit(0);
