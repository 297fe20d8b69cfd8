// Whether a process of this machine is still there.

import { errorCode } from "./disk.ts";

/** Signal 0 only asks; a process of another user answers EPERM, which means that it lives. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}
