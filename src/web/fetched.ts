// Files by their address. What goes wrong is told with the address and what to do.

import { UserError } from "../errors/index.ts";

/** The bytes at an address; undefined where the server says that there is nothing (404). */
export async function fetchedBytes(address: URL, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = await answered(address, signal);
  return response && new Uint8Array(await response.arrayBuffer());
}

/** The text at an address; undefined where there is nothing. */
export async function fetchedText(address: URL, signal?: AbortSignal): Promise<string | undefined> {
  return (await answered(address, signal))?.text();
}

/** What there must be. Throws UserError where it is missing. */
export function required<Content>(content: Content | undefined, address: URL): Content {
  if (content !== undefined) return content;
  throw refused(address, "a file of a model directory", "none (404)", "check the address of the directory");
}

async function answered(address: URL, signal: AbortSignal | undefined): Promise<Response | undefined> {
  let response: Response;
  try {
    response = await fetch(address, signal === undefined ? {} : { signal });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const remedy = "check the network, and that the server allows this page to read it (CORS)";
    throw refused(address, "an answer", cause instanceof Error ? cause.message : String(cause), remedy);
  }
  if (response.status === 404) return undefined;
  if (!response.ok) throw refused(address, "a file", `status ${response.status}`, "ask whoever runs the server");
  return response;
}

function refused(address: URL, expected: string, received: string, remedy: string): UserError {
  return new UserError({ where: address.href, expected, received, remedy }, { exitCode: 1 });
}
