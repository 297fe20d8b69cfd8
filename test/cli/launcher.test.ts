// The launcher bin/jepa.js as people meet it: a real process,
// from any folder, through links, under odd paths, as any user.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const launcher = join(root, "bin", "jepa.js");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jepa launcher "));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(file: string, words: readonly string[], cwd: string = folder): Promise<Ended> {
  const child = spawn(process.execPath, [file, ...words], { cwd, env: { ...process.env, CI: "1" } });
  const ended = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (ended.out += chunk));
  child.stderr.on("data", (chunk) => (ended.err += chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, ...ended };
}

describe.concurrent("the launcher", () => {
  test("works from another folder, whatever tsconfig lies there", async () => {
    const elsewhere = join(folder, "else where");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "tsconfig.json"), '{ "compilerOptions": { "paths": { "commander": ["./no"] } } }');
    const { code, out, err } = await run(launcher, ["--help"], elsewhere);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("Check this machine");
  });

  test("works through a symbolic link, as npx makes one", async () => {
    const link = join(folder, "jepa");
    symlinkSync(launcher, link);
    expect(await run(link, ["--version"])).toMatchObject({ code: 0, err: "" });
  });

  test("ends with the command's exit code and prints errors on standard error only", async () => {
    const { code, out, err } = await run(launcher, ["docter"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain('did you mean "jepa doctor"?');
  });

  test("says nothing when its reader goes away", () => {
    const line = `"${process.execPath}" "${launcher}" --help | head -c 1`;
    const { stdout, stderr } = spawnSync("sh", ["-c", line], { cwd: folder, encoding: "utf8" });
    expect([stdout, stderr]).toEqual(["j", ""]);
  });
});

/** Copies an installed package, and those that it depends on, into another node_modules. */
function copyPackage(name: string, to: string): void {
  const from = join(root, "node_modules", name);
  if (existsSync(join(to, name)) || !existsSync(from)) return;
  cpSync(from, join(to, name), { recursive: true });
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) copyPackage(needed, to);
}

describe("what the launcher runs", () => {
  /** A package with nothing but a launcher and programs that say which they are, written at the given seconds. */
  function packageWith(name: string, files: Readonly<Record<string, number>>): string {
    const place = join(folder, name);
    mkdirSync(place);
    cpSync(join(root, "bin"), join(place, "bin"), { recursive: true });
    writeFileSync(join(place, "package.json"), '{ "type": "module" }');
    copyPackage("tsx", join(place, "node_modules")); // a link would lead into a checkout that others may not read
    writeFileSync(join(place, "tsconfig.json"), "{}");
    for (const [file, time] of Object.entries(files)) {
      mkdirSync(join(place, file, ".."), { recursive: true });
      writeFileSync(join(place, file), `console.log(${JSON.stringify(file)});\n`);
      utimesSync(join(place, file), time, time);
    }
    return join(place, "bin", "jepa.js");
  }

  test.each([
    ["the sources where nothing is built", { "src/cli/main.ts": 1 }, "src/cli/main.ts"],
    ["the built code where there are no sources", { "dist/cli/main.js": 1 }, "dist/cli/main.js"],
    ["the built code that is newer", { "src/cli/main.ts": 1, "dist/cli/main.js": 2 }, "dist/cli/main.js"],
    [
      "the sources of which one is newer",
      { "src/cli/main.ts": 1, "src/nn/block.ts": 3, "dist/cli/main.js": 2 },
      "src/cli/main.ts",
    ],
    [
      "the built code that only a test is newer than",
      { "src/cli/main.ts": 1, "src/nn/block.test.ts": 3, "dist/cli/main.js": 2 },
      "dist/cli/main.js",
    ],
  ])("is %s", async (name, files, expected) => {
    const { out, err } = await run(packageWith(name, files), []);
    expect([out, err]).toEqual([`${expected}\n`, ""]);
  });

  test("is said to be missing where it is", async () => {
    const { code, err } = await run(packageWith("an empty package", {}), []);
    expect(code).toBe(1);
    expect(err).toContain("install the package again");
  });

  test("runs for an ordinary user who may not write in the package's folder", () => {
    const file = packageWith("read only", { "src/cli/main.ts": 1 });
    const folders = ["..", "../..", "../../src", "../../src/cli"].map((place) => join(file, place));
    for (const place of folders) chmodSync(place, 0o555);
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const env = { PATH: process.env.PATH, HOME: join(folder, "nowhere") };
    const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: "/", ...user, encoding: "utf8", env });
    for (const place of folders) chmodSync(place, 0o755);
    expect([stdout, stderr]).toEqual(["src/cli/main.ts\n", ""]);
  });
});
