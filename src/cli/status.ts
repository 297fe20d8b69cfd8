// Progress of long work. On a terminal: one live line, rewritten in place, cut to the width, gone when the work is
// done. Elsewhere (a pipe, a file, CI): plain lines, the first at once, then one each 30 seconds or each percent, never
// closer than 5 seconds. The cursor is never hidden, so that no way of ending can leave a terminal without one.
import { escapeLine } from "./escape.ts";

/** How far the work is: `done` of `total` (any unit; `total` undefined where it isn't known) and what to say of it. */
export interface Progress {
  readonly done: number;
  readonly total: number | undefined;
  readonly text: string;
}

/** What a status line writes to. */
export interface StatusStream {
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  write(text: string): void;
}

const clearLine = "\r\u001b[2K";
const redrawMilliseconds = 80;
const plainMilliseconds = 30_000;
const shortestMilliseconds = 5_000;

/** One status line on `stream`; `live` rewrites it in place. `now` is a clock in milliseconds. */
export class StatusLine {
  readonly #stream: StatusStream;
  readonly #live: boolean;
  readonly #now: () => number;
  #shown = "";
  #lastTime = Number.NEGATIVE_INFINITY;
  #lastShare = Number.NEGATIVE_INFINITY;

  constructor(stream: StatusStream, live: boolean, now: () => number) {
    this.#stream = stream;
    this.#live = live;
    this.#now = now;
  }

  /** Shows the progress, or lets it pass where the last one was shown a moment ago. */
  update(progress: Progress): void {
    const time = this.#now();
    const share = progress.total === undefined ? 0 : progress.done / progress.total;
    if (!this.#isDue(time - this.#lastTime, share)) return;
    this.#lastTime = time;
    this.#lastShare = share;
    const text = escapeLine(progress.text);
    if (this.#live) this.#draw(text);
    else this.#stream.write(`${text}\n`);
  }

  /** Takes the live line away, so that other text can be written; the next update draws it again. */
  clear(): void {
    if (this.#shown === "") return;
    this.#stream.write(clearLine);
    this.#shown = "";
    this.#lastTime = Number.NEGATIVE_INFINITY;
  }

  #isDue(elapsed: number, share: number): boolean {
    if (this.#live) return elapsed >= redrawMilliseconds || share >= 1;
    const isNewWork = share < this.#lastShare;
    if (isNewWork || elapsed >= plainMilliseconds || (share >= 1 && this.#lastShare < 1)) return true;
    return elapsed >= shortestMilliseconds && share - this.#lastShare >= 0.01;
  }

  #draw(text: string): void {
    const line = [...text].slice(0, Math.max(1, (this.#stream.columns ?? 80) - 1)).join("");
    if (line === this.#shown) return;
    this.#stream.write(clearLine + line);
    this.#shown = line;
  }
}
