// What a verb may say and know of the world: results on standard output, everything else on standard error, progress,
// the signal that asks it to stop, the environment. Every text is escaped on its way out; colour is whole lines only.
import { type ColourChoice, hasColour, isContinuousIntegration, type Style, styled } from "./colour.ts";
import { escapeControls } from "./escape.ts";
import { type Progress, StatusLine, type StatusStream } from "./status.ts";

/**
 * The version of every JSON value that the command line prints (docs/json.md); raised when a field changes its meaning.
 */
export const jsonVersion = 1;

/** The process around the command line; `main.ts` makes the real one, tests make their own. */
export interface World {
  readonly stdout: StatusStream;
  readonly stderr: StatusStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** A clock in milliseconds since 1970 that never goes back. */
  readonly now: () => number;
  /** The lines of standard input, for the argument `-`. */
  readonly readLines: () => Promise<readonly string[]>;
  /** From now on every attempt to open a connection fails. */
  readonly shutNetwork: () => void;
}

/** The flags that every verb has. */
export interface Manner {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  readonly offline: boolean;
  readonly color: ColourChoice;
}

/** A verb's result in both its forms; the text is made only when it is printed. */
export interface Result {
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: () => string;
}

/** The mouth and ears of a verb. */
export class Terminal {
  readonly world: World;
  readonly manner: Manner;
  readonly #status: StatusLine;
  readonly #colourOut: boolean;
  readonly #colourErr: boolean;

  constructor(world: World, manner: Manner) {
    this.world = world;
    this.manner = manner;
    this.#colourOut = hasColour(manner.color, world.stdout, world.environment);
    this.#colourErr = hasColour(manner.color, world.stderr, world.environment);
    const live =
      world.stderr.isTerminal && world.environment.TERM !== "dumb" && !isContinuousIntegration(world.environment);
    this.#status = new StatusLine(world.stderr, live, world.now);
  }

  /** Aborted when the person asks to stop: finish the step, save, throw `Interrupted`. */
  get signal(): AbortSignal {
    return this.world.signal;
  }

  /** The environment; under --offline also for the programs that are started, of which npm is one. */
  get environment(): World["environment"] {
    const { environment } = this.world;
    return this.manner.offline ? { ...environment, npm_config_offline: "true" } : environment;
  }

  /** The time of day, in ISO 8601. */
  get moment(): string {
    return new Date(this.world.now()).toISOString();
  }

  /** The verb's result, once: the text, or under --json the object with the version of its form. */
  result({ json, text }: Result): void {
    if (this.manner.json) this.record(json);
    else this.#print(text());
  }

  /** One line of a stream of JSON values; nothing without --json. */
  record(value: Readonly<Record<string, unknown>>): void {
    if (!this.manner.json) return;
    this.#status.clear();
    this.world.stdout.write(`${JSON.stringify({ version: jsonVersion, ...value })}\n`);
  }

  /** Something worth knowing, on standard error; nothing under --quiet. */
  notice(text: string): void {
    if (!this.manner.quiet) this.#say(text);
  }

  /** Something that may be wrong, on standard error; nothing under --quiet. */
  warning(text: string): void {
    if (!this.manner.quiet) this.#say(`warning: ${text}`, "yellow");
  }

  /** Reasons and details, on standard error, under --verbose only. */
  detail(text: string): void {
    if (this.manner.verbose && !this.manner.quiet) this.#say(text, "dim");
  }

  /** Why the command failed, on standard error, whatever the flags. */
  failure(text: string): void {
    this.#say(text, "red");
  }

  /** How far the work is; nothing under --quiet. */
  progress(progress: Progress): void {
    if (!this.manner.quiet) this.#status.update(progress);
  }

  /** Takes the live line away: at the end of the work, however it ends. */
  close(): void {
    this.#status.clear();
  }

  #print(text: string): void {
    this.#status.clear();
    if (text === "") return;
    const [first = "", ...rest] = escapeControls(text).split("\n");
    const heading = rest.length > 0 && this.#colourOut ? styled("bold", first) : first;
    this.world.stdout.write(`${[heading, ...rest].join("\n")}\n`);
  }

  #say(text: string, style?: Style): void {
    this.#status.clear();
    const escaped = escapeControls(text);
    this.world.stderr.write(`${style !== undefined && this.#colourErr ? styled(style, escaped) : escaped}\n`);
  }
}
