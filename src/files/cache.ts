// Where fetched and decoded data is kept between runs: JEPA_CACHE,
// or the folder that the platform sets aside for caches.

import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Variables of a process's environment, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The absolute path of the cache folder, which need not exist yet.
 * JEPA_CACHE decides; else `$XDG_CACHE_HOME/jepa` or `~/.cache/jepa`, on macOS `~/Library/Caches/jepa`,
 * on Windows `%LOCALAPPDATA%\jepa\Cache`. An empty variable counts as unset.
 */
export function cacheFolder(environment: Environment, platform: NodeJS.Platform = process.platform): string {
  if (environment.JEPA_CACHE) return resolve(environment.JEPA_CACHE);
  const home = environment.HOME || environment.USERPROFILE || homedir();
  if (platform === "darwin") return join(home, "Library", "Caches", "jepa");
  if (platform === "win32") return join(environment.LOCALAPPDATA || join(home, "AppData", "Local"), "jepa", "Cache");
  return join(environment.XDG_CACHE_HOME || join(home, ".cache"), "jepa");
}
