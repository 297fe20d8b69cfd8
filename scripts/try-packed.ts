/**
 * Tries the packed package as a stranger installs it: in an empty folder, without our
 * .npmrc, with the network shut after the download, on one or several versions of Node.
 * `npx tsx scripts/try-packed.ts [20 22 24 26]`; none named: the one at hand.
 *
 * Each version is tried twice. "plain": the engine's own install script wants GPU parts from the network and fails; the
 * engine is an optional dependency, so the installation must succeed without it, and jepa must say the one-line cure.
 * "skip": with ONNXRUNTIME_NODE_INSTALL=skip, which is that cure, everything must work. Ends with `N passed, N failed`.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "jepa packed "));
const npm =
  process.env.npm_execpath ?? join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
const count = { passed: 0, failed: 0 };

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of a stranger: nothing of ours that npm would inherit. */
function strangerEnvironment(node: string, more: Environment): Environment {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_|JEPA_|ONNXRUNTIME_|INIT_CWD$)/i.test(name),
  );
  const path = `${dirname(node)}${delimiter}${process.env.PATH}`;
  return { ...Object.fromEntries(kept), PATH: path, ...more };
}

/** The words that run a program without a network: a namespace of its own where the system allows one. */
function shutNetwork(): readonly string[] | undefined {
  const ways = [
    ["unshare", "-n"],
    ["unshare", "-rn"],
  ];
  return ways.find(([program = "", ...words]) => spawnSync(program, [...words, "true"]).status === 0);
}

function run(words: readonly string[], cwd: string, env: Environment): SpawnSyncReturns<string> {
  const [program = "", ...rest] = words;
  return spawnSync(program, rest, { cwd, env: { ...env }, encoding: "utf8", maxBuffer: 2 ** 26 });
}

function must(words: readonly string[], cwd: string, env: Environment): string {
  const { status, stdout, stderr } = run(words, cwd, env);
  if (status === 0) return stdout;
  throw new Error(`${words.join(" ")} ended with ${status}:\n${stderr.slice(-2000)}`);
}

function say(holds: boolean, what: string, otherwise = ""): void {
  count[holds ? "passed" : "failed"]++;
  console.log(
    `${holds ? "pass" : "FAIL"}  ${what}${holds || otherwise === "" ? "" : `: ${otherwise.trim().slice(-600)}`}`,
  );
}

/** Packs what is built and tells the sizes. */
function pack(): string {
  must([process.execPath, npm, "pack", "--pack-destination", place], root, process.env);
  const name = readdirSync(place).find((file) => file.endsWith(".tgz")) ?? "";
  const packed = must([process.execPath, npm, "pack", "--dry-run", "--json"], root, process.env);
  const [facts]: { size: number; unpackedSize: number; entryCount: number }[] = JSON.parse(packed);
  if (facts === undefined) throw new Error("npm pack told nothing");
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
  console.log(`packed: ${kilobytes(facts.size)}, unpacked ${kilobytes(facts.unpackedSize)}, ${facts.entryCount} files`);
  return join(place, name);
}

/** The binary of a Node version, from the npm package that holds it; the one at hand needs no download. */
function nodeBinary(major: string): string {
  if (major === process.versions.node.split(".")[0]) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(tmpdir(), `jepa-node-${major}`);
  const binary = join(folder, "node_modules", name, "bin", "node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const words = [
      "install",
      "--no-save",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefix",
      folder,
      `${name}@${major}`,
    ];
    must([process.execPath, npm, ...words], folder, process.env);
  }
  return binary;
}

/** An empty project, with the package installed in it. */
function install(
  name: string,
  { node, archive, words, env }: { node: string; archive: string; words: readonly string[]; env: Environment },
): { folder: string; result: SpawnSyncReturns<string>; seconds: number } {
  const folder = join(place, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "name": "stranger", "private": true, "type": "module" }');
  const start = performance.now();
  const result = run([...words, node, npm, "install", "--no-audit", "--no-fund", archive], folder, env);
  return { folder, result, seconds: (performance.now() - start) / 1000 };
}

interface Trial {
  readonly title: string;
  readonly folder: string;
  readonly node: string;
  readonly env: Environment;
  readonly shut: readonly string[];
}

function tryInstalled({ title, folder, node, env, shut }: Trial): void {
  const jepa = join(folder, "node_modules", ".bin", "jepa");
  const help = run([...shut, node, jepa, "--help"], folder, env);
  say(help.status === 0 && help.stdout.includes("doctor") && help.stderr === "", `${title}: jepa --help`, help.stderr);
  for (const door of ["jepa", "jepa/node", "jepa/tensor"]) {
    const program = `const door = await import("${door}"); if (Object.keys(door).length === 0) process.exit(1)`;
    const imported = run([...shut, node, "--input-type=module", "-e", program], folder, env);
    say(imported.status === 0, `${title}: import "${door}"`, imported.stderr);
  }
  const doctor = (): SpawnSyncReturns<string> => run([...shut, node, jepa, "doctor"], folder, env);
  if (!hasEngine(folder)) {
    const { status, stdout, stderr } = doctor();
    const told = status === 3 && stdout.includes("ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node");
    say(told, `${title}: the engine is missing and jepa doctor says the cure`, stdout + stderr);
    const cure = [...shut, node, npm, "install", "--no-audit", "--no-fund", "onnxruntime-node"];
    const cured = run(cure, folder, { ...env, ONNXRUNTIME_NODE_INSTALL: "skip" });
    say(cured.status === 0 && hasEngine(folder), `${title}: the cure installs it`, cured.stderr);
  }
  const { status, stdout, stderr } = doctor();
  say(status === 0, `${title}: jepa doctor passes`, stdout + stderr);
}

function hasEngine(folder: string): boolean {
  return existsSync(join(folder, "node_modules", "onnxruntime-node"));
}

function tryNode(major: string, archive: string, shut: readonly string[]): void {
  const node = nodeBinary(major);
  const version = must([node, "--version"], place, process.env).trim();
  for (const [manner, more] of [
    ["plain", {}],
    ["skip", { ONNXRUNTIME_NODE_INSTALL: "skip" }],
  ] as const) {
    const title = `node ${version}, ${manner}`;
    const env = strangerEnvironment(node, { ...more, npm_config_offline: "true" });
    const { folder, result, seconds } = install(`${manner} ${major}`, { node, archive, words: shut, env });
    const engine = hasEngine(folder) ? "with" : "without";
    say(result.status === 0, `${title}: npm install, ${engine} the engine, ${seconds.toFixed(1)} s`, result.stderr);
    if (manner === "skip") say(engine === "with", `${title}: the engine is installed`);
    if (result.status === 0) tryInstalled({ title, folder, node, env, shut });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Downloads everything into npm's cache and the temporary folder: the one time that the network is used. */
function warm(archive: string, majors: readonly string[]): void {
  const env = strangerEnvironment(process.execPath, { npm_config_ignore_scripts: "true" });
  const { folder, result } = install("warm", { node: process.execPath, archive, words: [], env });
  if (result.status !== 0) throw new Error(`npm install failed with the network open:\n${result.stderr}`);
  rmSync(folder, { recursive: true, force: true });
  for (const major of majors) nodeBinary(major);
}

try {
  if (!existsSync(join(root, "dist", "index.js"))) throw new Error('nothing is built: run "npm run build" first');
  const archive = pack();
  const named = process.argv.slice(2);
  const majors = named.length > 0 ? named : [process.versions.node.split(".")[0] ?? ""];
  warm(archive, majors);
  const shut = shutNetwork();
  if (shut === undefined) console.log("no network namespace on this system: only npm's --offline shuts the network");
  for (const major of majors) tryNode(major, archive, shut ?? []);
} finally {
  rmSync(place, { recursive: true, force: true });
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed > 0 ? 1 : 0;
