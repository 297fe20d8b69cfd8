// Batches made ahead of training: while the engine holds the main thread, worker
// threads read, crop and mirror the next steps. A step's bytes do not depend on the
// number of threads; where there are none, the calling thread makes them itself.

import { UserError } from "../errors/index.ts";
import type { BatchPlan, StepPictures } from "./batch.ts";
import type { Pictures } from "./pictures.ts";
import { makeHere, makeInThreads } from "./threads.ts";

/** The pictures of a training step. */
export interface Batch {
  readonly step: number;
  /** [batch, crop, crop, 3] uint8, the caller's to keep */
  readonly images: Uint8Array<ArrayBuffer>;
  /** [batch] indices in the data set */
  readonly indices: Int32Array<ArrayBuffer>;
  /** How long `at` had to wait for it. */
  readonly waitMilliseconds: number;
}

/** The batches of a run, by step. */
export interface Batches {
  /** Full batches in one pass over the data; the rest is dropped. */
  readonly stepsPerEpoch: number;
  /**
   * The pictures of a step; the steps after it are begun meanwhile.
   *
   * @throws what reading the pictures throws
   */
  at(step: number): Promise<Batch>;
  /** Ends the threads, without which the process would not exit. */
  close(): Promise<void>;
}

/** What batches are made of: pictures a step, side of the squares, augmentation, seed, number of threads. */
export interface BatchOptions extends Omit<BatchPlan, "source"> {
  /** Threads; 0 works in the calling thread. */
  readonly workers: number;
}

/**
 * Begins to make batches.
 *
 * @throws UserError where a batch is larger than the data set
 */
export function openBatches(pictures: Pictures, options: BatchOptions): Batches {
  const { workers, ...rest } = options;
  requireBatch(pictures, options.batch);
  const plan: BatchPlan = { source: pictures.source, ...rest };
  const maker = workers === 0 ? makeHere(plan) : makeInThreads(plan, workers);
  const ahead = Math.max(1, 2 * workers);
  const begun = new Map<number, Promise<StepPictures>>();

  function begin(step: number): Promise<StepPictures> {
    const running = begun.get(step);
    if (running !== undefined) return running;
    const started = maker.make(step);
    started.catch(() => undefined); // whoever asks for this step is told; if nobody does, it does not matter
    begun.set(step, started);
    return started;
  }

  return {
    stepsPerEpoch: Math.floor(pictures.size / options.batch),
    async at(step) {
      const asked = performance.now();
      for (const other of begun.keys()) if (other < step || other > step + ahead) begun.delete(other);
      const wanted = begin(step);
      begun.delete(step); // its bytes become the caller's
      if (workers > 0) for (let next = 1; next <= ahead; next++) begin(step + next);
      const made = await wanted;
      return { step, ...made, waitMilliseconds: performance.now() - asked };
    },
    close: () => maker.close(),
  };
}

/** Throws UserError where a batch is larger than the data set. */
export function requireBatch(pictures: Pictures, batch: number): void {
  if (batch > pictures.size) throw tooFew(pictures, batch);
}

function tooFew(pictures: Pictures, batch: number): UserError {
  return new UserError({
    where: "training.batch",
    expected: `at most the ${pictures.size} pictures of ${pictures.name}`,
    received: batch,
    remedy: `use ${pictures.size} or less, or add pictures`,
  });
}
