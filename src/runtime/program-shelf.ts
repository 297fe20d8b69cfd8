// Compiled programs, kept while they are of use. A program keeps its memory for
// good, so few live at once: the one that was not used for longest is released.

import type { Program } from "./runtime.ts";

/** Programs by name, at most some at a time. */
export class ProgramShelf {
  readonly #room: number;
  readonly #programs = new Map<string, Program>();
  #compileSeconds = 0;

  /** @param room most programs at a time */
  constructor(room: number) {
    this.#room = room;
  }

  /** Seconds spent compiling so far. */
  get compileSeconds(): number {
    return this.#compileSeconds;
  }

  /**
   * The program of that name, compiled now if it is not there; the one not used for longest is
   * released where there is no room. It may be run until other programs are taken that need its room.
   *
   * @throws what compiling throws; the shelf stays usable
   */
  async take(name: string, compile: () => Promise<Program>): Promise<Program> {
    const kept = this.#programs.get(name);
    this.#programs.delete(name);
    if (kept === undefined) await this.#makeRoom();
    const program = kept ?? (await compile());
    if (kept === undefined) this.#compileSeconds += program.compileSeconds;
    this.#programs.set(name, program);
    return program;
  }

  /** Releases every program; the shelf is empty and can be used again. */
  async release(): Promise<void> {
    for (const program of this.#programs.values()) await program.release();
    this.#programs.clear();
  }

  async #makeRoom(): Promise<void> {
    for (const [name, program] of this.#programs) {
      if (this.#programs.size < this.#room) return;
      this.#programs.delete(name);
      await program.release();
    }
  }
}
