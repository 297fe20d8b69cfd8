// A world for tests: streams that keep what was written, a clock that is set by hand, commands that do nothing much.
import { Interrupted, UserError } from "../errors/index.ts";
import { type Command, command, type Outcome } from "./command.ts";
import { choice, number, text, texts, toggle } from "./flags.ts";
import { runCommandLine } from "./run.ts";
import type { StatusStream } from "./status.ts";
import type { World } from "./terminal.ts";

/** What a command line printed, and its exit code. */
export interface Told {
  readonly code: Outcome;
  readonly out: string;
  readonly err: string;
  readonly networkShut: boolean;
}

/** How the world of a test differs from a pipe in an empty environment. */
export interface Circumstances {
  readonly environment?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly input?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told everything that goes to standard error, as it is written. */
  readonly onSaid?: (text: string) => void;
}

/** Runs `words` in such a world. */
export async function told(
  words: readonly string[],
  commands: readonly Command[] = sampleCommands,
  circumstances: Circumstances = {},
): Promise<Told> {
  const { environment = {}, terminal = false, columns = 80, input = [] } = circumstances;
  const kept = { out: "", err: "", networkShut: false };
  const stream = (name: "out" | "err"): StatusStream => ({
    isTerminal: terminal,
    columns: terminal ? columns : undefined,
    write: (written) => {
      kept[name] += written;
      if (name === "err") circumstances.onSaid?.(written);
    },
  });
  const world: World = {
    stdout: stream("out"),
    stderr: stream("err"),
    environment,
    signal: circumstances.signal ?? new AbortController().signal,
    now: () => 0,
    readLines: async () => input,
    shutNetwork: () => {
      kept.networkShut = true;
    },
  };
  return { code: await runCommandLine(words, commands, world), ...kept };
}

const train = command({
  name: "train",
  group: "learn",
  summary: "Learn something",
  arguments: [{ name: "recipe", describe: "name a recipe", need: "required" }],
  examples: [{ line: "jepa train tiny", comment: "learn a little" }],
  flags: {
    set: texts("change a field of the recipe", { placeholder: "path=value" }),
    size: choice("how large", ["tiny", "small"]),
    learningRate: number("step size", { minimum: 0, maximum: 1, whole: false }),
    runs: text("where runs are kept", { placeholder: "folder", variable: "JEPA_RUNS" }),
    dryRun: toggle("only say what would be done"),
  },
  load: async () => ({ train: (words: readonly string[], flags: object) => ({ words, flags }) }),
  run: async (library, { words, flags }, terminal) => {
    terminal.notice("starting");
    terminal.warning("it is late");
    terminal.detail("because asked");
    terminal.progress({ done: 1, total: 2, text: `half of ${words[0]}` });
    terminal.result({ json: library.train(words, flags), text: () => `trained ${words[0]}` });
    return undefined;
  },
});

const failures: Readonly<Record<string, () => Error>> = {
  user: () => new UserError({ where: "data.crop", expected: "a multiple of 4", received: 33, remedy: "use 32" }),
  corrupt: () => new UserError({ where: "x", expected: "y", received: "z", remedy: "w" }, { exitCode: 1 }),
  check: () => new UserError({ where: "accuracy", expected: "0.5", received: 0.4, remedy: "train" }, { exitCode: 3 }),
  disk: () => Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", path: "/full/run" }),
  network: () => new TypeError("fetch failed", { cause: Object.assign(new Error("gone"), { code: "ENOTFOUND" }) }),
  bug: () => new TypeError("x is not a function"),
  interrupt: () => new Interrupted('stopped after step 12; "jepa resume demo" continues'),
};

const fail = command({
  name: "fail",
  group: "machine",
  summary: "Go wrong",
  arguments: [{ name: "how", describe: `one of ${Object.keys(failures).join(", ")}`, need: "required" }],
  examples: [{ line: "jepa fail bug", comment: "our fault" }],
  flags: {},
  load: async () => failures,
  run: async (library, { words }) => {
    throw library[words[0] ?? ""]?.() ?? new Error("no such failure");
  },
});

const family = ["fetch", "show"].map((name) =>
  command({
    name: `data ${name}`,
    group: "data",
    summary: `${name} a data set`,
    arguments: [{ name: "source", describe: "data sets", need: "many" }],
    examples: [{ line: `jepa data ${name} cifar10`, comment: name }],
    flags: {},
    load: async () => undefined,
    run: async (_, { words }, terminal) => {
      terminal.result({ json: { words }, text: () => words.join("\n") });
      return undefined;
    },
  }),
);

/** A few commands that show everything a command can do. */
export const sampleCommands: readonly Command[] = [train, ...family, fail];
