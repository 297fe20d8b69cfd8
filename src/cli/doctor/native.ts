// The two packages with native code: the engine and the picture decoder. Each is really loaded, for an installed package
// may still lack its binary; what goes wrong is a line of the table and never an exception.
import type { Check } from "./checks.ts";

/** The one-line cure of a missing engine: its install script wants GPU parts from the network, which nothing here needs. */
export const engineCure: string = "run ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node (beside jepa)";

/** Whether the engine loads, and which devices its binary knows. */
export async function checkEngine(): Promise<Check> {
  try {
    const { listSupportedBackends } = await import("onnxruntime-node");
    const devices = listSupportedBackends().map(({ name, bundled }) => (bundled ? name : `${name} (not installed)`));
    return { name: "engine", state: "pass", found: `onnxruntime-node loads; devices: ${devices.join(", ")}` };
  } catch (error) {
    return { name: "engine", state: "fail", found: `onnxruntime-node: ${firstLine(error)}`, remedy: engineCure };
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
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
