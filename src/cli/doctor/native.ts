// The two packages with native code: the engine and the picture decoder. Each is really loaded and the engine runs a
// sum, for an installed package may still lack its binary; what goes wrong is a line of the table, never an exception.
import { UserError } from "../../errors/index.ts";
import type { Check } from "./checks.ts";

/** Whether the engine loads and computes, and which devices its binary knows. */
export async function checkEngine(): Promise<Check> {
  const { openNodeRuntime } = await import("../../runtime/index.ts");
  const { add, input } = await import("../../tensor/index.ts");
  try {
    const runtime = await openNodeRuntime({ threads: 1 });
    const program = await runtime.compile({ sum: add(input("x", [1]), 1) });
    const { sum } = await program.run({ x: Float32Array.of(1) });
    await program.release();
    if (sum?.[0] !== 2) throw new Error(`1 + 1 came out as ${sum?.[0]}`);
    const { listSupportedBackends } = await import("onnxruntime-node");
    const devices = listSupportedBackends().map(({ name, bundled }) => (bundled ? name : `${name} (not installed)`));
    return { name: "engine", state: "pass", found: `onnxruntime-node computes; devices: ${devices.join(", ")}` };
  } catch (error) {
    const remedy = error instanceof UserError ? error.remedy : "install it again (beside jepa)";
    return { name: "engine", state: "fail", found: `onnxruntime-node: ${firstLine(error)}`, remedy };
  }
}

/** Whether pictures can be decoded. */
export async function checkSharp(): Promise<Check> {
  try {
    const { default: sharp } = await import("sharp");
    return { name: "pictures", state: "pass", found: `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}` };
  } catch (error) {
    const remedy = "run npm install --include=optional sharp (beside jepa)";
    return { name: "pictures", state: "fail", found: `sharp: ${firstLine(error)}`, remedy };
  }
}

function firstLine(error: unknown): string {
  if (error instanceof UserError) return String(error.received);
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
