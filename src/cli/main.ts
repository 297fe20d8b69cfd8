// The command `jepa` as a process: its streams, signals and end. Nothing else in the package ends a process.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { Interrupted, UserError } from "../errors/index.ts";
import { runCommandLine } from "./run.ts";
import type { StatusStream } from "./status.ts";
import type { World } from "./terminal.ts";
import { commands } from "./verbs.ts";

/** A standard stream. A reader that has gone away (EPIPE) silences it; the work goes on and keeps what it makes. */
function streamOf(stream: NodeJS.WriteStream): StatusStream {
  let open = true;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    open = false;
    if (error.code === "EPIPE") return;
    if (stream !== process.stderr) process.stderr.write(`standard output: ${error.message}\n`);
    process.exitCode = 1;
  });
  return {
    isTerminal: stream.isTTY === true,
    get columns(): number | undefined {
      return stream.isTTY && stream.columns > 0 ? stream.columns : undefined; // some terminals say 0
    },
    write: (text) => {
      if (open) stream.write(text);
    },
  };
}

/** Asked once, the work stops at its next good moment; asked twice, the process ends at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted());
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller.signal;
}

async function readLines(): Promise<string[]> {
  const { createInterface } = await import("node:readline");
  const lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin })) if (line !== "") lines.push(line);
  return lines;
}

/** Makes every connection of this thread fail: sockets, and with them http, https, tls and fetch. */
function shutNetwork(): void {
  const net: typeof import("node:net") = createRequire(import.meta.url)("node:net");
  net.Socket.prototype.connect = () => {
    throw new UserError(
      { where: "--offline", expected: "no network", received: "a connection attempt", remedy: "run without --offline" },
      { exitCode: 1 },
    );
  };
  syncBuiltinESMExports();
}

const world: World = {
  stdout: streamOf(process.stdout),
  stderr: streamOf(process.stderr),
  environment: process.env,
  signal: interruption(),
  now: () => performance.timeOrigin + performance.now(),
  readLines,
  shutNetwork,
};

const outcome = await runCommandLine(process.argv.slice(2), commands, world);
// Pipes are written asynchronously on some systems: the process ends when both streams have been emptied.
process.stderr.write("", () =>
  process.stdout.write("", () => process.exit(outcome === 0 ? process.exitCode : outcome)),
);
