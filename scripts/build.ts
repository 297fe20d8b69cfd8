/**
 * `npm run build`: compiles `src` to a fresh `dist` and writes down the commit it was made of, for `jepa --version`.
 * The old `dist` goes first, so that nothing deleted from `src` is ever packed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

/** The commit of the working tree, `+` where files differ from it, or "unknown" outside a repository. */
function commit(): string {
  try {
    const git = (...words: string[]): string =>
      execFileSync("git", words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--", "src", "bin") === "" ? "" : "+");
  } catch {
    return "unknown";
  }
}

rmSync(dist, { recursive: true, force: true });
const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const compiled = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
if (compiled.status === 0) writeFileSync(join(dist, "commit.json"), `${JSON.stringify({ commit: commit() })}\n`);
process.exitCode = compiled.status ?? 1;
