// Claims: the TypeScript of the documents compiles, as a file of its own or as an addition to the file that its first
// line names. Names that an addition lacks are imported from where they are exported, as whoever adds it would do.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);

/** Files as the documents would have them, by path. */
type Additions = Map<string, string>;

/** The `ts` fences of a document; one with `[...,` is an excerpt, and no whole code. */
function fencesOf(document: string): string[] {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].flatMap(([, code]) => (code.includes("[...,") ? [] : [code]));
}

/** Adds a fence to the file that its first line names, or makes it a file of its own. */
function place(fence: string, document: string, additions: Additions): void {
  const named = /^\/\/ (\S+?\.ts)\b/.exec(fence)?.[1];
  const path = join(root, named ?? `${document}.${additions.size}.ts`);
  const before = additions.get(path) ?? (existsSync(path) ? readFileSync(path, "utf8") : "");
  const isEntry = /^\w+: .*,\n$/.test(fence.replace(/^\/\/.*\n/, ""));
  additions.set(path, `${before}\n${isEntry ? `void {\n${fence}};\n` : fence}`);
}

function programOf(additions: Additions): ts.Program {
  const paths = Object.fromEntries(["", "/node", "/tensor"].map((door) => [`jepa${door}`, [doorFile(door)]]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => additions.has(path) || fileExists(path);
  host.readFile = (path) => additions.get(path) ?? readFile(path);
  return ts.createProgram([...fileNames, ...additions.keys()], { ...options, paths }, host);
}

function doorFile(door: string): string {
  if (door === "/tensor") return join(root, "src/tensor/index.ts");
  return join(root, door === "/node" ? "src/node.ts" : "src/index.ts");
}

function faultsIn(program: ts.Program, path: string): readonly ts.Diagnostic[] {
  const file = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
}

const isUnknownName = ({ code }: ts.Diagnostic): boolean => code === 2304 || code === 2552;

/** Where a name is exported in `src`, the nearest file first. */
function exporterOf(name: string, program: ts.Program, from: string): string | undefined {
  const checker = program.getTypeChecker();
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(root, "src/")));
  const exporting = files.filter((file) => {
    const symbol = checker.getSymbolAtLocation(file);
    return symbol !== undefined && checker.getExportsOfModule(symbol).some((exported) => exported.name === name);
  });
  const distance = (path: string) => relative(dirname(from), path).length;
  return exporting.map(({ fileName }) => fileName).sort((a, b) => distance(a) - distance(b))[0];
}

function importMissing(program: ts.Program, additions: Additions): void {
  for (const [path, text] of additions) {
    const missing = faultsIn(program, path)
      .filter(isUnknownName)
      .map(({ start = 0, length }) => text.slice(start, start + (length ?? 0)));
    const lines = [...new Set(missing)].flatMap((name) => {
      const exporter = exporterOf(name, program, path);
      return exporter === undefined ? [] : [`import { ${name} } from "./${relative(dirname(path), exporter)}";\n`];
    });
    additions.set(path, lines.join("") + text);
  }
}

test.each(["README.md", "CONTRIBUTING.md"])(
  "the TypeScript of %s compiles",
  (document) => {
    const additions: Additions = new Map();
    const fences = fencesOf(document);
    expect(fences.length).toBeGreaterThan(0);
    for (const fence of fences) place(fence, document, additions);
    importMissing(programOf(additions), additions);
    const program = programOf(additions);
    const faults = [...additions.keys()].flatMap((path) =>
      faultsIn(program, path).map(
        ({ messageText }) => `${relative(root, path)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      ),
    );
    // An example need not use all that it makes.
    expect(faults.filter((fault) => !fault.includes("is declared but its value is never read"))).toEqual([]);
  },
  120_000,
);
