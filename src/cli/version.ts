// What `jepa --version` says: the package, the commit it was built
// of, the engine and Node. Read from files, nothing is loaded.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The versions, "none" for an engine that isn't installed and "unknown" for a commit that can't be told. */
export interface Versions {
  readonly jepa: string;
  readonly commit: string;
  readonly engine: string;
  readonly node: string;
  readonly platform: string;
}

/** Reads the versions of this installation. */
export function versions(): Versions {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  return {
    jepa: field(join(root, "package.json"), "version") ?? "unknown",
    commit: field(join(root, "dist", "commit.json"), "commit", import.meta.url.includes("/dist/")) ?? commitOf(root),
    engine: engineVersion() ?? "none",
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** The versions in one line. */
export function versionLine({ jepa, commit, engine, node, platform }: Versions): string {
  return `jepa ${jepa} (commit ${commit}), onnxruntime ${engine}, node ${node}, ${platform}`;
}

function field(path: string, name: string, wanted = true): string | undefined {
  if (!wanted || !existsSync(path)) return undefined;
  const content: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (typeof content !== "object" || content === null) return undefined;
  const value: unknown = Object.entries(content).find(([key]) => key === name)?.[1];
  return typeof value === "string" ? value : undefined;
}

/** The commit of the checkout at `root`; a folder inside somebody else's repository is none. */
function commitOf(root: string): string {
  if (!existsSync(join(root, ".git"))) return "unknown";
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

function engineVersion(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
    return field(join(dirname(entry), "..", "package.json"), "version");
  } catch {
    return undefined;
  }
}
