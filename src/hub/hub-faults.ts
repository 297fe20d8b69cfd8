// What the hub's refusals mean, in words and with a cure. A name or a right that is wrong ends with exit code 2, as any
// other wrong word of the person's; what is the network's or the server's fault with 1.

import { UserError } from "../errors/index.ts";
import type { HubSource } from "./hub-name.ts";
import type { HubSettings } from "./hub-settings.ts";

/** The connection or the server failed; trying again may help. */
export class LinkFailure extends Error {
  override readonly name: string = "LinkFailure";
}

/** Whose answer it is: the model that was asked for, and who asked. */
export type Asked = HubSource & Pick<HubSettings, "endpoint" | "token">;

/**
 * What an answer that is not a success amounts to: a LinkFailure where trying again may help, else a UserError.
 *
 * @param answer its body is not read
 */
export function refusal(asked: Asked, answer: Response): UserError | LinkFailure {
  const { status } = answer;
  const { host, origin } = new URL(answer.url);
  if (status === 416) return tooShort(asked, host);
  const isHub = origin === new URL(asked.endpoint).origin;
  // Storage that the hub sends us to refuses where its signed address has grown old: the hub gives a new one.
  if (!isHub || status >= 500 || status === 429 || status === 408) return new LinkFailure(`${host} answered ${status}`);
  const code = answer.headers.get("x-error-code");
  const said = answer.headers.get("x-error-message")?.slice(0, longestMessage) ?? code;
  const received = said ? `${status} (${said})` : `${status}`;
  if (code === "GatedRepo") return gated(asked, received);
  if (status === 401 || status === 403) return closed(asked, received);
  if (status === 404 && code === "RevisionNotFound") return noRevision(asked, received);
  if (status === 404) return noRepository(asked, received);
  return new UserError({ ...expectation(asked), received, remedy: notHub }, { exitCode: 1 });
}

/** The fault of an answer that is not what the hub's protocol promises. */
export function notAHub(asked: Asked, cause: unknown): UserError {
  const expected = `${asked.endpoint} to answer as the hub does`;
  return new UserError({ where: name(asked), expected, received: cause, remedy: notHub }, { exitCode: 1, cause });
}

/**
 * The fault of a network or server that failed to the end.
 *
 * @param remedy what to do, where there is more to it than trying again
 */
export function unreachable(asked: Asked, cause: LinkFailure, remedy: string): UserError {
  return new UserError({ ...expectation(asked), received: cause, remedy }, { exitCode: 1, cause });
}

const longestMessage = 300;
const notHub = "check HF_ENDPOINT and the network (a proxy or a sign-in page may have answered), then try again";
const tokenHelp = "set HF_TOKEN to a token of an account that may read it";

function name({ repository, revision }: HubSource): string {
  return `hf:${repository}@${revision}`;
}

function expectation(asked: Asked): { where: string; expected: string } {
  return { where: name(asked), expected: `${asked.endpoint} to give this model` };
}

function gated(asked: Asked, received: string): UserError {
  const page = `${asked.endpoint}/${asked.repository}`;
  return new UserError({
    where: name(asked),
    expected: "a model that this account may read; it is gated",
    received,
    remedy: `accept its conditions at ${page}, then ${asked.token ? "use a token of that account" : tokenHelp}`,
  });
}

// Bytes are only asked for that the hub says there are.
function tooShort(asked: Asked, host: string): UserError {
  const remedy = "try again later; if it stays so, the server's copy is damaged";
  const received = `a shorter file from ${host} (416)`;
  return new UserError(
    { where: name(asked), expected: "a file of the size that the hub gives", received, remedy },
    { exitCode: 1 },
  );
}

// Without a token the hub answers 401 for names that don't exist as well, so that nobody learns which private ones do.
function closed(asked: Asked, received: string): UserError {
  const remedy = asked.token
    ? "check the name, and that the token (HF_TOKEN, or the token file) is valid and may read this model"
    : `check the name; if the model is private, ${tokenHelp}`;
  return new UserError({ where: name(asked), expected: "a model that may be read", received, remedy });
}

function noRevision(asked: Asked, received: string): UserError {
  const remedy = `choose one of ${asked.endpoint}/${asked.repository}/tree/main`;
  return new UserError({ where: name(asked), expected: "a branch, tag or commit of this model", received, remedy });
}

function noRepository(asked: Asked, received: string): UserError {
  const remedy = `check the name; if the model is private, ${tokenHelp}`;
  return new UserError({ where: name(asked), expected: "a model that exists", received, remedy });
}
