// Who a process is, so that a lock can tell its holder from a stranger that was given the same
// process id later. A process id alone is reused; together with the time the process started it is
// not. Linux: /proc/<pid>/stat, field 22, in clock ticks since boot, so the boot id belongs to it.
// Elsewhere: `ps -o lstart=`. Where neither exists (Windows) the id must do.

import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** A process, told apart from any other that ever ran on any machine that shares the disk. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own words; empty where the system does not tell. */
  readonly started: string;
  readonly host: string;
  /** Which start of the machine this is; empty where the system does not tell. */
  readonly boot: string;
  /**
   * The space in which the process id counts: two containers of one machine differ; empty where the system has none.
   */
  readonly space: string;
}

/** What became of a process: `elsewhere` means that it cannot be seen from here. */
export type ProcessFate = "running" | "dead" | "elsewhere";

/** How a lock learns who asks for it and what became of its holder; tests put their own in place of the system's. */
export interface Processes {
  self(): Promise<ProcessIdentity>;
  fateOf(holder: ProcessIdentity): Promise<ProcessFate>;
}

/** The processes of this machine, as the operating system tells of them. */
export const systemProcesses: Processes = { self: ownIdentity, fateOf };

async function ownIdentity(): Promise<ProcessIdentity> {
  const [started, boot, space] = await Promise.all([
    startOf(process.pid),
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
  ]);
  return { pid: process.pid, started: started ?? "", host: hostname(), boot: boot.trim(), space };
}

async function fateOf(holder: ProcessIdentity): Promise<ProcessFate> {
  const own = await ownIdentity();
  const bootKnown = holder.boot !== "" && own.boot !== "";
  if (bootKnown && holder.boot !== own.boot) return holder.host === own.host ? "dead" : "elsewhere"; // restarted since, or another machine
  if (!bootKnown && holder.host !== own.host) return "elsewhere";
  if (holder.space !== own.space) return "elsewhere";
  const started = await startOf(holder.pid);
  if (started === undefined) return "dead";
  const sameProcess = started === "" || holder.started === "" || started === holder.started;
  return sameProcess ? "running" : "dead";
}

/**
 * When a process started; undefined where there is none (or only
 * its remains), empty where it lives but the system does not tell.
 */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    if (stat !== undefined) return startInStat(stat);
    return isAlive(pid) ? "" : undefined; // a system may hide other users' processes
  }
  if (!isAlive(pid)) return undefined;
  return process.platform === "win32" ? "" : startByPs(pid);
}

/** The start time in a line of /proc/<pid>/stat; undefined for a zombie, which holds no lock any more. */
export function startInStat(stat: string): string | undefined {
  // The second field is the program's name in brackets and may
  // itself hold spaces and brackets: count from the last one.
  const [state = "", ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? undefined : rest[18];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"; // another user's, so it lives
  }
}

function startByPs(pid: number): Promise<string | undefined> {
  // A fixed language and time zone, so that the same moment is always written the same way.
  const env = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC0" };
  return new Promise((resolve) => {
    execFile("ps", ["-o", "stat=", "-o", "lstart=", "-p", String(pid)], { env }, (failure, text) => {
      const [state = "", ...started] = text.trim().split(/\s+/);
      if (failure !== null || state === "") resolve(failure?.code === 1 ? undefined : "");
      else resolve(state.startsWith("Z") ? undefined : started.join(" "));
    });
  });
}
