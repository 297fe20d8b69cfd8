// The checks of `jepa doctor`, in the order they are printed. A check that did not look never says pass.
import { versionLine, versions } from "../version.ts";
import { checkCache, checkFfmpeg, checkFolder, checkMemory, checkThreads } from "./machine.ts";
import { checkEngine, checkSharp } from "./native.ts";

/** What a check found, and what to do about it unless it passed. */
export interface Check {
  readonly name: string;
  readonly state: "pass" | "warn" | "fail" | "not looked at";
  readonly found: string;
  readonly remedy?: string;
}

/** Examines this installation and machine; opens no connection. */
export async function examine(environment: Readonly<Record<string, string | undefined>>): Promise<Check[]> {
  return [
    { name: "versions", state: "pass", found: versionLine(versions()) },
    checkNode(process.versions.node),
    await checkEngine(),
    await checkSharp(),
    checkThreads(),
    checkMemory(),
    await checkFolder("this folder", process.cwd()),
    await checkCache(environment),
    await checkFfmpeg(environment),
    { name: "network", state: "not looked at", found: "only jepa data fetch and models named hf:... need it" },
  ];
}

/** The oldest Node that jepa runs on. */
const oldest = [20, 19] as const;

/** Whether Node is new enough. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const enough = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  const found = `node ${version}`;
  if (enough) return { name: "node", state: "pass", found };
  return { name: "node", state: "fail", found, remedy: `install Node ${oldest.join(".")} or newer` };
}
