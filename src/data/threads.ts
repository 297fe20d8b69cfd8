// Where steps are made: in the calling thread, or in worker
// threads, each of which makes its steps in the order of asking.

import { Worker } from "node:worker_threads";
import { type BatchPlan, batchMaker, type StepPictures } from "./batch.ts";
import { openPixels } from "./pixels.ts";
import { type Reply, type Request, revivedFault } from "./replies.ts";

/** Makes steps on request. */
export interface StepMaker {
  /** @throws what reading the pictures throws, or why the thread ended */
  make(step: number): Promise<StepPictures>;
  /** Ends what was begun; nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** Makes steps in the calling thread. */
export function makeHere(plan: BatchPlan): StepMaker {
  const reader = openPixels(plan.source);
  return {
    make: batchMaker(plan, reader),
    async close() {
      reader.close();
    },
  };
}

/**
 * Makes steps in `count` threads, dealt out in turn.
 * Where the plan's pictures are files, sharp must have been loaded in the main thread, as opening the folder does.
 */
export function makeInThreads(plan: BatchPlan, count: number): StepMaker {
  const threads = Array.from({ length: count }, () => startThread(plan));
  return {
    async make(step) {
      const thread = threads[step % count];
      if (thread === undefined) throw new RangeError(`internal: ${step} is no step`);
      return thread.make(step);
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

interface Waiting {
  resolve(made: StepPictures): void;
  reject(error: Error): void;
}

function startThread(plan: BatchPlan): StepMaker {
  const worker = new Worker(entry, { workerData: plan });
  const waiting = new Map<number, Waiting[]>();
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const life: { failure: Error | undefined } = { failure: undefined };

  function fail(failure: Error): void {
    life.failure ??= failure;
    for (const { reject } of [...waiting.values()].flat()) reject(life.failure);
    waiting.clear();
  }

  worker.on("message", (reply: Reply) => {
    const first = waiting.get(reply.step)?.shift();
    if ("made" in reply) first?.resolve(reply.made);
    else first?.reject(revivedFault(reply.fault));
  });
  worker.on("error", (error) => fail(new Error(`internal: a data thread failed: ${error.message}`, { cause: error })));
  worker.on("exit", () => fail(new Error("internal: a data thread has ended")));

  return {
    make(step) {
      if (life.failure !== undefined) return Promise.reject(life.failure);
      return new Promise((resolve, reject) => {
        waiting.set(step, [...(waiting.get(step) ?? []), { resolve, reject }]);
        say({ step });
      });
    },
    async close() {
      say("close");
      await ended;
    },
  };

  function say(request: Request): void {
    worker.postMessage(request);
  }
}

// Built code runs from worker.js. A checkout runs from worker.ts,
// by way of a file that makes the thread read TypeScript.
const entry = new URL(import.meta.url.endsWith(".ts") ? "./worker-in-checkout.mjs" : "./worker.js", import.meta.url);
