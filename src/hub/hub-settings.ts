// Where the hub is, who asks, and where its files are kept: the variables that Python's huggingface_hub reads, by its
// rules, so that both share one cache and one login. (The JavaScript client looks at the process's environment only.)

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../errors/index.ts";
import { diskFault, type Environment, isCode } from "../files/index.ts";

/** What the environment says about the hub. */
export interface HubSettings {
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** The person's access token; goes to the endpoint and nowhere else. */
  readonly token?: string | undefined;
  /** Absolute path of the cache folder, which need not exist yet. */
  readonly cache: string;
  /** Whether the environment forbids the network. */
  readonly offline: boolean;
}

/**
 * Reads HF_ENDPOINT, HF_TOKEN (or the token file), HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME and
 * HF_HUB_OFFLINE. An empty variable counts as unset.
 *
 * @throws UserError where the endpoint is no web address, or the token could not be sent
 */
export async function hubSettings(environment: Environment): Promise<HubSettings> {
  return {
    endpoint: endpointOf(environment),
    token: await tokenOf(environment),
    cache: hubCache(environment),
    offline: isTrue(environment.HF_HUB_OFFLINE) || isTrue(environment.TRANSFORMERS_OFFLINE),
  };
}

/** The folder that all clients of the hub share: `~/.cache/huggingface/hub` unless the environment says otherwise. */
export function hubCache(environment: Environment): string {
  const named = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE;
  return resolve(named ? atHome(named, environment) : join(hubHome(environment), "hub"));
}

function hubHome(environment: Environment): string {
  const caches = environment.XDG_CACHE_HOME || join(home(environment), ".cache");
  return atHome(environment.HF_HOME || join(caches, "huggingface"), environment);
}

function home(environment: Environment): string {
  return environment.HOME || environment.USERPROFILE || homedir();
}

function atHome(path: string, environment: Environment): string {
  return /^~(?=$|[/\\])/.test(path) ? join(home(environment), path.slice(1)) : path;
}

function isTrue(value: string | undefined): boolean {
  return ["1", "ON", "YES", "TRUE"].includes(value?.toUpperCase() ?? "");
}

function endpointOf(environment: Environment): string {
  const given = environment.HF_ENDPOINT || "https://huggingface.co";
  const address = URL.canParse(given) ? new URL(given) : undefined;
  const isPlain = address?.username === "" && address.password === "" && address.search === "" && address.hash === "";
  if (isPlain && ["https:", "http:"].includes(address.protocol)) return given.replace(/\/+$/, "");
  throw new UserError({
    where: "HF_ENDPOINT",
    expected: "the address of a hub, such as https://huggingface.co",
    received: isPlain ? given : "something else", // it may hold a password
    remedy: "correct the variable, or unset it",
  });
}

async function tokenOf(environment: Environment): Promise<string | undefined> {
  if (isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const named = environment.HF_TOKEN || environment.HUGGING_FACE_HUB_TOKEN;
  if (named) return sendable(named, "HF_TOKEN");
  const path = atHome(environment.HF_TOKEN_PATH || join(hubHome(environment), "token"), environment);
  try {
    return sendable(await readFile(path, "utf8"), path);
  } catch (error) {
    if (isCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw diskFault(path, error);
  }
}

/** The token without the line ends that editors add; its value is never shown. */
function sendable(text: string, where: string): string | undefined {
  const token = text.trim();
  if (/^[\x21-\x7e]*$/.test(token)) return token || undefined;
  throw new UserError({
    where,
    expected: "an access token of the hub",
    received: "text that cannot be one",
    remedy: "copy it from the hub's settings, or unset the variable",
  });
}
