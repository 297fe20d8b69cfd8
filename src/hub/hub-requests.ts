// One question to the hub and its answer, with patience: an attempt that hears nothing is given up, one that failed by
// the network or the server is tried again after a pause, a few times. The token goes to the hub only: fetch takes it
// off where the hub sends us on to another host.

import { setTimeout as sleep } from "node:timers/promises";
import { Interrupted, UserError } from "../errors/index.ts";
import { type Asked, LinkFailure, refusal } from "./hub-faults.ts";

/** How long to wait for a network. */
export interface Patience {
  /** Milliseconds before each further attempt. */
  readonly pauses: readonly number[];
  /** Milliseconds without a byte after which an attempt is given up. */
  readonly silence: number;
}

/** What a person is asked to bear. */
export const usualPatience: Patience = { pauses: [500, 1500, 4000], silence: 30_000 };

/** Whom we ask for what, how patiently, and until when. */
export interface HubLink {
  readonly asked: Asked;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
}

/** What a request holds besides its address. */
export type Question = Pick<RequestInit, "method" | "headers" | "body">;

/**
 * Asks once, and reads the answer with `read`, which calls `heard` whenever something came.
 *
 * @throws LinkFailure where the network or the server failed; UserError where the hub refuses; Interrupted where the
 *   signal asks
 */
export async function exchange<Result>(
  { asked, patience, signal }: HubLink,
  address: string,
  question: Question,
  read: (answer: Response, heard: () => void) => Promise<Result>,
): Promise<Result> {
  const watch = watchOver(patience, signal);
  try {
    const headers = withToken(asked, address, question.headers);
    const answer = await fetch(address, { ...question, headers, signal: watch.signal });
    watch.heard();
    if (!answer.ok) throw refusal(asked, answer);
    return await read(answer, watch.heard);
  } catch (error) {
    throw watch.signal.aborted ? watch.signal.reason : linkFailure(error);
  } finally {
    watch.end();
  }
}

/**
 * Repeats an attempt that ends in a LinkFailure, after each of the pauses once.
 *
 * @throws the last failure; anything else at once
 */
export async function persistently<Result>(
  { patience, signal }: HubLink,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (const pause of patience.pauses) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LinkFailure)) throw error;
    }
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw new Interrupted();
    });
  }
  return attempt();
}

function withToken({ endpoint, token }: Asked, address: string, given: Question["headers"]): Headers {
  const headers = new Headers(given);
  headers.set("accept-encoding", "identity"); // ranges and sizes are those of the file
  if (token && new URL(address).origin === new URL(endpoint).origin) headers.set("authorization", `Bearer ${token}`);
  return headers;
}

interface Watch {
  readonly signal: AbortSignal;
  readonly heard: () => void;
  /** Also closes a connection whose answer was not read to its end. */
  readonly end: () => void;
}

function watchOver({ silence }: Patience, signal: AbortSignal | undefined): Watch {
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Interrupted());
  const giveUp = () => stop.abort(new LinkFailure(`no answer for ${silence / 1000} seconds`));
  const timer = setTimeout(giveUp, silence);
  signal?.addEventListener("abort", interrupt, { once: true });
  if (signal?.aborted) interrupt();
  return {
    signal: stop.signal,
    heard: () => timer.refresh(),
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupt);
      stop.abort();
    },
  };
}

// fetch says that a connection failed by a TypeError whose cause is the reason; one without a cause is a mistake of
// ours.
function linkFailure(error: unknown): unknown {
  if (error instanceof UserError || error instanceof LinkFailure) return error;
  if (!(error instanceof TypeError) || error.cause === undefined) return error;
  const { cause } = error;
  const reasons = cause instanceof AggregateError ? cause.errors : [cause];
  const words = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason)));
  return new LinkFailure(words.join(", ") || error.message, { cause: error });
}
