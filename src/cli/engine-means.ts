// What a command computes with: device and threads, as far as
// they were said, and the versions of everything that took part.
import { availableParallelism } from "node:os";
import { type Device, openNodeRuntime, type Runtime } from "../runtime/index.ts";
import { versions } from "./version.ts";

/** Where and with how many threads to compute, as far as it was said. */
export interface Means {
  readonly device?: Device | undefined;
  readonly threads?: number | undefined;
}

/** Opens the engine. Throws UserError where there is none, or no such device. */
export function openEngine({ device, threads }: Means): Promise<Runtime> {
  return openNodeRuntime({ device, threads: threads ?? availableParallelism() });
}

/** The versions that are written beside results. */
export function versionsKept(): Readonly<Record<string, string>> {
  const { jepa, commit, engine, node, platform } = versions();
  return { jepa, commit, engine, node, platform };
}
