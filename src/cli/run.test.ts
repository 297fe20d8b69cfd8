// The frame of the command line, over commands that do nothing much: what goes where, in which form, with
// which exit code. The numbers are those of the score card for command lines in the project's notes on use.
import { describe, expect, test } from "vitest";
import { told } from "./world.fixture.ts";

describe("help (1)", () => {
  test("of jepa alone and jepa --help is the same screen, two commands first", async () => {
    const alone = await told([]);
    expect(await told(["--help"])).toEqual(alone);
    expect(alone).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "networkShut": false,
        "out": "jepa: train, evaluate, look at and use joint-embedding predictive architectures
        jepa train tiny  learn a little

      Learn    train  Learn something
      Prepare  data   fetch, show, export: a data set, or a folder of pictures
      Machine  fail   Go wrong

      All take --json --quiet --verbose --color <when> --debug --offline, and --help
      Exit codes: 0 done, 1 failed, 2 misused, 3 check not met, 130 interrupted
      ",
      }
    `);
  });

  test("is also a word before a command, or alone", async () => {
    expect(await told(["help"])).toEqual(await told(["--help"]));
    expect(await told(["help", "train"])).toEqual(await told(["train", "--help"]));
  });

  test("of a command shows its arguments, flags and examples", async () => {
    expect((await told(["train", "--help"])).out).toMatchInlineSnapshot(`
      "jepa train <recipe> [flags]

      Learn something

        jepa train tiny  learn a little

      Arguments
        recipe  name a recipe

      Flags
        --set <path=value>        change a field of the recipe
        --size <tiny|small>       how large
        --learning-rate <number>  step size
        --runs <folder>           where runs are kept (else JEPA_RUNS)
        --dry-run                 only say what would be done

      Flags of every command
        --json                       print the result as JSON (docs/json.md), errors
                                     included
        --quiet                      print only the result and errors
        --verbose                    say reasons and details as well
        --color <auto|always|never>  colour of the text
        --debug                      show where in the code an error arose
        --offline                    open no network connection, and fail where one is
                                     needed
        --help                       show this help
        --version                    show the versions of jepa, its commit and its
                                     engine
      "
    `);
  });

  test("of a family lists its commands", async () => {
    expect((await told(["data"])).out).toMatchInlineSnapshot(`
      "jepa data <command>

      Commands
        data fetch  fetch a data set
        data show   show a data set
      "
    `);
  });

  test("never needs the rest of the line to be right", async () => {
    expect((await told(["train", "--nonsense", "-h"])).code).toBe(0);
  });

  test("breaks its lines for a narrow terminal (25)", async () => {
    const { out } = await told(["train", "--help"], undefined, { terminal: true, columns: 50 });
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(58); // bold codes on the first
  });
});

describe("streams (3, 6, 7)", () => {
  test("the result alone goes to standard output", async () => {
    expect(await told(["train", "tiny"])).toMatchObject({
      code: 0,
      out: "trained tiny\n",
      err: "starting\nwarning: it is late\nhalf of tiny\n",
    });
  });

  test("--quiet leaves the result and errors", async () => {
    expect(await told(["train", "tiny", "--quiet"])).toMatchObject({ out: "trained tiny\n", err: "" });
    expect((await told(["fail", "user", "--quiet"])).err).toContain("data.crop");
  });

  test("--verbose adds the reasons", async () => {
    expect((await told(["train", "tiny", "--verbose"])).err).toContain("because asked");
  });

  test("--json prints one value with the version of its form, also with --quiet", async () => {
    const { out } = await told(["train", "tiny", "--json", "--quiet"]);
    expect(out.endsWith("}\n") && out.split("\n").length).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ version: 1, words: ["tiny"] });
  });

  test("--json prints errors as a value too, and the sentence for people", async () => {
    const { code, out, err } = await told(["fail", "user", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      version: 1,
      error: {
        where: "data.crop",
        expected: "a multiple of 4",
        received: "33",
        remedy: "use 32",
        message: "data.crop: expected a multiple of 4, received 33: use 32",
        exitCode: 2,
      },
    });
    expect(err).toBe("data.crop: expected a multiple of 4, received 33: use 32\n");
  });

  test("--json turns an error in the line itself into a value", async () => {
    const { out } = await told(["trian", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ error: { exitCode: 2 } });
  });
});

describe("colour (8)", () => {
  const coloured = async (words: string[], environment: Record<string, string>, terminal: boolean): Promise<boolean> =>
    (await told(["fail", "bug", ...words], undefined, { environment, terminal })).err.includes("\u001b[31m");

  test.each([
    ["a terminal", [], {}, true, true],
    ["a pipe", [], {}, false, false],
    ["NO_COLOR", [], { NO_COLOR: "1" }, true, false],
    ["TERM=dumb", [], { TERM: "dumb" }, true, false],
    ["CI", [], { CI: "true" }, true, false],
    ["FORCE_COLOR over NO_COLOR", [], { FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
    ["FORCE_COLOR=0", [], { FORCE_COLOR: "0" }, true, false],
    ["--color always", ["--color", "always"], { NO_COLOR: "1" }, false, true],
    ["--color=never", ["--color=never"], { FORCE_COLOR: "1" }, true, false],
    ["--color auto", ["--color=auto"], {}, true, true],
  ])("with %s", async (_, words, environment, terminal, expected) => {
    expect(await coloured(words, environment, terminal)).toBe(expected);
  });
});

describe("exit codes (9) and errors (11)", () => {
  test.each([
    ["user", 2],
    ["corrupt", 1],
    ["check", 3],
    ["disk", 1],
    ["network", 1],
    ["bug", 1],
    ["interrupt", 130],
  ])("%s ends with %i, without a stack", async (how, code) => {
    const result = await told(["fail", how]);
    expect([result.code, result.out]).toEqual([code, ""]);
    expect(result.err).not.toMatch(/^ +at /m);
  });

  test("a full disk and a missing network say what to do", async () => {
    expect((await told(["fail", "disk"])).err).toMatchInlineSnapshot(`
      "/full/run: expected room on the disk, received a full disk: free some space, or choose another folder
      "
    `);
    expect((await told(["fail", "network"])).err).toMatchInlineSnapshot(`
      "network: expected a connection, received gone: connect to the network, then run the command again
      "
    `);
  });

  test("a fault of ours says so and asks for jepa doctor", async () => {
    expect((await told(["fail", "bug"])).err).toMatchInlineSnapshot(`
      "internal: x is not a function
      This is a fault of jepa, not of yours: run the command again with --debug and report it with what "jepa doctor" prints
      "
    `);
  });

  test("--debug shows the stack, in text and JSON", async () => {
    const { out, err } = await told(["fail", "bug", "--debug", "--json"]);
    expect(err).toMatch(/^ +at /m);
    expect(JSON.parse(out)).toMatchObject({ error: { stack: expect.stringContaining("world.fixture.ts") } });
  });
});

describe("near misses (10): nothing unknown is let through", () => {
  test.each([
    [["trian"], 'jepa: expected one of its commands, received trian: did you mean "jepa train"?\n'],
    [["data", "fecth"], 'jepa: expected one of its commands, received data fecth: did you mean "jepa data fetch"?\n'],
    [["xyzzy"], "jepa: expected one of its commands, received xyzzy: see them all with jepa --help\n"],
    [
      ["train", "tiny", "--lerning-rate", "1"],
      "jepa train: expected one of its flags, received --lerning-rate: did you mean --learning-rate? (jepa train --help)\n",
    ],
    [["--jsno"], "jepa: expected one of its flags, received --jsno: did you mean --json? (jepa --help)\n"],
    [["train", "tiny", "--size=smal"], "--size: expected one of tiny, small, received smal: did you mean small?\n"],
    [
      ["train", "tiny", "--learning-rate", "2"],
      "--learning-rate: expected a number from 0 to 1, received 2: give one, such as --learning-rate 0\n",
    ],
    [["train", "tiny", "--runs"], "--runs: expected a value, received nothing: see jepa train --help\n"],
    [["train", "tiny", "--runs="], '--runs: expected some text, received "": give it a value\n'],
    [["train"], "jepa train: expected <recipe>, received nothing: name a recipe (jepa train --help)\n"],
    [["train", "a", "b"], "jepa train: expected at most 1 argument, received b: leave it out (jepa train --help)\n"],
  ])("%j", async (words, err) => {
    expect(await told(words)).toMatchObject({ code: 2, out: "", err });
  });
});

describe("flags (14)", () => {
  const flagsOf = async (words: string[], environment: Record<string, string> = {}): Promise<unknown> => {
    const parsed: { flags: unknown } = JSON.parse((await told([...words, "--json"], undefined, { environment })).out);
    return parsed.flags;
  };

  test("mean the same wherever they stand, also before the verb", async () => {
    const expected = { set: ["a=b=c"], learningRate: 0.5, dryRun: true };
    const set = ["--set", "a=b=c", "--learning-rate=0.5", "--dry-run"];
    expect(await flagsOf(["train", "tiny", ...set])).toEqual(expected);
    expect(await flagsOf([...set, "train", "tiny"])).toEqual(expected);
    expect(await flagsOf(["--json", "train", ...set, "tiny"])).toEqual(expected);
  });

  test("win over their environment variable", async () => {
    expect(await flagsOf(["train", "tiny"], { JEPA_RUNS: "/a" })).toMatchObject({ runs: "/a" });
    expect(await flagsOf(["train", "tiny", "--runs", "/b"], { JEPA_RUNS: "/a" })).toMatchObject({ runs: "/b" });
  });

  test("the value of a flag may be the name of a verb", async () => {
    expect(await flagsOf(["--runs", "train", "train", "tiny"])).toMatchObject({ runs: "train" });
  });

  test("end at --", async () => {
    expect((await told(["train", "--", "--help"])).out).toBe("trained --help\n");
  });
});

describe("pipes and strange names (25)", () => {
  test("the argument - reads lines from standard input", async () => {
    const { out } = await told(["data", "show", "a", "-"], undefined, { input: ["b c", "ü"] });
    expect(out).toBe("a\nb c\nü\n");
  });

  test("control characters in names are shown, not sent", async () => {
    const { out, err } = await told(["train", "\u001b[2J\u202ename"]);
    expect(out).toBe("trained \\u001b[2J\\u202ename\n");
    expect(err).toContain("half of \\u001b[2J\\u202ename");
  });
});

test("--offline shuts the network before the command runs (24)", async () => {
  expect((await told(["train", "tiny", "--offline"])).networkShut).toBe(true);
  expect((await told(["train", "tiny"])).networkShut).toBe(false);
});

test("--version names the package, its commit, the engine and Node (23)", async () => {
  expect((await told(["--version"])).out).toMatch(
    /^jepa \d+\.\d+\.\d+ \(commit [0-9a-f]{7,}\), onnxruntime \d+\.\d+\.\d+, node \d+\.\d+\.\d+, \w+ \w+\n$/,
  );
});
