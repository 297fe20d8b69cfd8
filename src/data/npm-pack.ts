// Fetching a package's archive through the npm client, so that the person's own registry, proxy and certificates
// are used. `npm pack` downloads one archive: no dependencies, no scripts, and npm's own integrity check.

import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Interrupted, UserError } from "../errors/index.ts";
import { type Environment, errorCode } from "../files/index.ts";

/** What a fetch is given besides the package: the process's environment and a way to stop it. */
export interface FetchOptions {
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
}

/** Fetches `specifier` (name@version) into `folder` and gives the path of the archive. */
export type FetchPackage = (specifier: string, folder: string, options: FetchOptions) => Promise<string>;

/**
 * Fetches a package's archive with `npm pack`.
 *
 * @param specifier name and exact version
 * @param folder    an empty folder; the archive appears in it
 * @returns the path of the archive
 * @throws UserError of exit code 1 where there is no npm, no network,
 *   no such package or no room; Interrupted where `signal` says so
 */
export const npmPack: FetchPackage = async (specifier, folder, { environment, signal }) => {
  const outcome = await runNpm(["pack", specifier, ...quietly], folder, environment, signal);
  if (signal?.aborted) throw new Interrupted();
  if (outcome.exitCode !== 0) throw fetchFault(specifier, outcome.messages);
  const archive = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw fetchFault(specifier, "npm ended well but left no archive");
  return join(folder, archive);
};

// Waiting between attempts is shortened: without a network npm's defaults keep a person waiting for more than a minute.
const quietly: readonly string[] = [
  "--loglevel=error",
  "--ignore-scripts",
  "--fetch-retry-mintimeout=500",
  "--fetch-retry-maxtimeout=2000",
];

interface Outcome {
  readonly exitCode: number | null;
  readonly messages: string;
}

function runNpm(
  words: readonly string[],
  folder: string,
  environment: Environment,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { command, given, shell } = npmCommand(words, environment);
  return new Promise((resolve, reject) => {
    const child = spawn(command, given, {
      cwd: folder,
      env: { ...environment },
      shell,
      stdio: ["ignore", "ignore", "pipe"],
      ...(signal === undefined ? {} : { signal }),
    });
    let messages = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      messages = (messages + text).slice(-longestMessages);
    });
    child.on("error", (error) => {
      if (signal?.aborted) reject(new Interrupted());
      else if (errorCode(error) === "ENOENT") reject(noClient(error));
      else reject(error);
    });
    child.on("close", (exitCode) => resolve({ exitCode, messages }));
  });
}

const longestMessages = 8192;

interface NpmCommand {
  readonly command: string;
  readonly given: readonly string[];
  readonly shell: boolean;
}

// Inside `npm run` a variable names npm's own script, which starts without a shell on
// every platform; other clients set it too. Else npm is a program on the PATH, on
// Windows a batch file, which only a shell starts (no word of ours needs quoting).
function npmCommand(words: readonly string[], environment: Environment): NpmCommand {
  const script = environment.npm_execpath;
  if (script?.endsWith("npm-cli.js")) return { command: process.execPath, given: [script, ...words], shell: false };
  if (process.platform === "win32") return { command: ["npm", ...words].join(" "), given: [], shell: true };
  return { command: "npm", given: words, shell: false };
}

function noClient(cause: unknown): UserError {
  return new UserError(
    {
      where: "npm",
      expected: "the npm client on the PATH",
      received: "no such program",
      remedy: "install npm (it comes with Node), then try again",
    },
    { exitCode: 1, cause },
  );
}

/** The fault behind npm's messages on standard error. */
export function fetchFault(specifier: string, messages: string): UserError {
  const code = /^npm (?:error|ERR!) code (\S+)/m.exec(messages)?.[1];
  const lines = messages.split("\n").map((line) => line.replace(/^npm (?:error|ERR!) ?/, "").trim());
  const first = lines.find((line) => line !== "" && !/^(code|syscall|errno|path) /.test(line)) ?? "no message";
  const known = remedies[code ?? ""] ?? (/ENOSPC|no space left/i.test(messages) ? remedies.ENOSPC : undefined);
  return new UserError(
    {
      where: specifier,
      expected: "npm to fetch this package",
      received: code === undefined ? first : `${code} (${first})`,
      remedy: known ?? "see npm's message; `npm ping` and `npm config get registry` tell more",
    },
    { exitCode: 1 },
  );
}

const noNetwork =
  "there seems to be no network: connect once and try again (afterwards no network is needed), or set the registry or proxy in npm's configuration";

const remedies: Readonly<Record<string, string>> = {
  ENOTFOUND: noNetwork,
  EAI_AGAIN: noNetwork,
  ECONNREFUSED: noNetwork,
  ECONNRESET: noNetwork,
  ETIMEDOUT: noNetwork,
  ENETUNREACH: noNetwork,
  EHOSTUNREACH: noNetwork,
  ERR_SOCKET_TIMEOUT: noNetwork,
  ENOTCACHED:
    "npm was told to use no network and does not have it: run the command once without --offline (or npm's own setting `offline`)",
  ENOSPC: "the disk is full: free some space, or set JEPA_CACHE and npm's `cache` to folders on another disk",
  E404: "the configured registry does not have it: set another one in npm's configuration",
};
