// Names on the Hugging Face hub, checked before they reach an address or a path: `hf:owner/name@revision`, commits.
// The rules are those of the hub and of git; a name that passes them cannot lead out of a folder that it is joined to.

import { UserError } from "../errors/index.ts";

/** A model on the hub, at a branch, a tag or a commit. */
export interface HubSource {
  /** `owner/name`. */
  readonly repository: string;
  readonly revision: string;
}

/** The branch that is meant where none is named. */
export const usualRevision = "main";

const scheme = "hf:";

/** Whether a source names the hub, well or badly. */
export function isHubSource(source: string): boolean {
  return source.startsWith(scheme);
}

/**
 * Reads `hf:owner/name` or `hf:owner/name@revision`.
 *
 * @throws UserError where it has another form
 */
export function parseHubSource(source: string): HubSource {
  if (!isHubSource(source)) throw notAName(source, "hf:owner/name or hf:owner/name@revision", source);
  const [repository = "", ...rest] = source.slice(scheme.length).split("@");
  const revision = rest.length === 0 ? usualRevision : rest.join("@");
  requireRepository(repository);
  requireRevision(revision);
  return { repository, revision };
}

/**
 * Checks the name of a repository: owner and name of letters, digits, `-`, `_` and `.`, which begin and end without `-`
 * and `.`.
 *
 * @throws UserError where the hub cannot have a repository of that name
 */
export function requireRepository(repository: string): void {
  const parts = repository.split("/");
  const isName = parts.length === 2 && parts.every(isPartOfName) && !repository.endsWith(".git");
  if (!isName) throw notAName("name of a model", "owner/name, such as facebook/ijepa_vith14_1k", repository);
}

/**
 * Checks the name of a branch or tag, or a commit.
 *
 * @throws UserError where git allows no such name, or a cache could not hold it
 */
export function requireRevision(revision: string): void {
  const isName =
    revision.length <= longestRevision &&
    !revision.includes("..") &&
    revision.split("/").every((part) => /^\w[\w.+-]*$/.test(part) && !part.endsWith(".") && !part.endsWith(".lock"));
  if (!isName) throw notAName("revision", "a branch, a tag or a commit, such as main", revision);
}

/** Whether a revision is a commit in full, which never changes its content. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

const longestRevision = 200;

function isPartOfName(part: string): boolean {
  return part.length <= 96 && /^\w(?:[\w.-]*\w)?$/.test(part) && !part.includes("--") && !part.includes("..");
}

function notAName(where: string, expected: string, received: string): UserError {
  return new UserError({ where, expected, received, remedy: "copy the name from the model's page on the hub" });
}
