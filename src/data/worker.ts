// The entry of a worker thread: makes the steps that it is asked
// for, one after another, and hands their bytes over without a copy.

import { parentPort, workerData } from "node:worker_threads";
import { type BatchPlan, batchMaker } from "./batch.ts";
import { openPixels } from "./pixels.ts";
import { plainFault, type Reply, type Request } from "./replies.ts";

const plan: BatchPlan = workerData;
const port = parentPort;
if (port === null) throw new Error("internal: the data worker runs in a worker thread only");

const reader = openPixels(plan.source);
const make = batchMaker(plan, reader);
const state = { last: Promise.resolve(), closing: false };

async function answer(step: number): Promise<void> {
  if (state.closing) return;
  try {
    const made = await make(step);
    const reply: Reply = { step, made };
    port?.postMessage(reply, [made.images.buffer, made.indices.buffer]);
  } catch (error) {
    const reply: Reply = { step, fault: plainFault(error) };
    port?.postMessage(reply);
  }
}

function close(): void {
  reader.close();
  port?.close(); // the thread ends when nothing is left to listen to
}

port.on("message", (request: Request) => {
  if (request === "close") {
    state.closing = true;
    state.last = state.last.then(close);
  } else {
    state.last = state.last.then(() => answer(request.step));
  }
});
