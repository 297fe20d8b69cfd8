// What a pickle may build, and what it may not. Pickles are put together opcode by opcode; those of PyTorch are in
// torch-file.test.ts.
import { describe, expect, it } from "vitest";
import { CorruptFile } from "../errors/index.ts";
import { type PicklePart, pickleOf, text } from "./checkpoint.fixture.ts";
import { longestPickle, unpickle } from "./pickle.ts";
import { torchMeaning } from "./torch-names.ts";
import type { TorchValue } from "./torch-value.ts";

const meaning = torchMeaning("model.pt, data.pkl", () => undefined);
const read = (...parts: readonly PicklePart[]): TorchValue =>
  unpickle(pickleOf(...parts), "model.pt, data.pkl", meaning);

/** The message of the refusal, which may take a moment: ten seconds are for machines that do much else. */
function refusal(...parts: readonly PicklePart[]): string {
  const begin = performance.now();
  try {
    read(...parts);
  } catch (fault) {
    expect(fault).toBeInstanceOf(CorruptFile);
    expect(performance.now() - begin).toBeLessThan(10_000);
    return fault instanceof CorruptFile ? fault.message : "";
  }
  return "accepted";
}

describe("unpickle", () => {
  it("gives numbers exactly: a bigint where a number would round", () => {
    expect(read("J", Buffer.of(0xff, 0xff, 0xff, 0xff))).toBe(-1);
    expect(read("\x8a", 8, Buffer.from("ffffffffffff1f00", "hex"))).toBe(Number.MAX_SAFE_INTEGER);
    expect(read("\x8a", 8, Buffer.from("0000000000002000", "hex"))).toBe(2n ** 53n);
    expect(read("\x8a", 8, Buffer.from("0000000000000080", "hex"))).toBe(-(2n ** 63n));
    expect(read("\x8a", 0)).toBe(0);
    expect(read("G", Buffer.from("3fb999999999999a", "hex"))).toBe(0.1);
  });

  it("keeps dictionaries as maps, so that no key touches an object's prototype", () => {
    expect(read("}", text("__proto__"), "}", text("polluted"), "\x88ss")).toEqual(
      new Map([["__proto__", new Map([["polluted", true]])]]),
    );
    expect("polluted" in {}).toBe(false);
  });

  it("keeps a byte order mark in a text, and refuses bytes that are no text", () => {
    expect(read(text("\ufeffa"))).toBe("\ufeffa");
    expect(refusal("X", Buffer.of(1, 0, 0, 0, 0xff))).toMatch(/text in UTF-8/);
  });

  it("drops the attributes of an ordered dictionary", () => {
    expect(read("ccollections\nOrderedDict\n)R}", text("_metadata"), "}sb")).toEqual(new Map());
    expect(refusal("]}b")).toMatch(/attributes of a dictionary only, received a dictionary of 0 for a list of 0/);
  });

  it("gives values that are shared as one", () => {
    const value = read("]q", 0, "(h", 0, "h", 0, "t");
    expect(value).toEqual([[], [[], []]].at(1));
    expect(Array.isArray(value) && value[0] === value[1]).toBe(true);
  });
});

describe("a pickle that names code is refused by that name", () => {
  it.each<[string, string, readonly PicklePart[]]>([
    ["GLOBAL", "posix.system", ["cposix\nsystem\n", text("touch /tmp/x"), "\x85R"]],
    ["STACK_GLOBAL", "os.system", [text("os"), text("system"), "\x93", text("touch /tmp/x"), "\x85R"]],
    ["STACK_GLOBAL with a dotted name", "torch.os.system", [text("torch"), text("os.system"), "\x93"]],
    ["INST", "nt.system", ["(", text("dir"), "int\nsystem\n"]],
    ["NEWOBJ", "subprocess.Popen", ["csubprocess\nPopen\n", text("sh"), "\x85\x81"]],
    ["a name never called", "builtins.eval", ["cbuiltins\neval\n0N"]],
    ["a class of its own", "models.vit.VisionTransformer", ["cmodels.vit\nVisionTransformer\n)\x81"]],
    ["another way to make a tensor", "torch._utils._rebuild_tensor_v3", ["ctorch._utils\n_rebuild_tensor_v3\n"]],
    ["a function of PyTorch's own", "torch.load", ["ctorch\nload\n"]],
    ["a property of every object", "constructor.constructor", ["cconstructor\nconstructor\n"]],
  ])("%s", (_, name, parts) => {
    expect(refusal(...parts)).toContain(`received ${name}: loading it with Python could run code`);
  });

  it("names that stand for themselves are not called", () => {
    expect(read("ctorch\nfloat16\n")).toEqual({ kind: "name", name: "torch.float16" });
    expect(refusal("ctorch\nfloat16\n)R")).toMatch(/a function of PyTorch's to call, received torch.float16/);
    expect(refusal("ctorch\nFloatStorage\n)R")).toMatch(/received torch.FloatStorage/);
    expect(refusal(text("os.system"), ")R")).toMatch(/a name to call, received "os.system"/);
  });
});

describe("a pickle that is broken is refused", () => {
  it.each<[string, readonly PicklePart[], RegExp]>([
    ["nothing on the stack", [], /a value on the stack, received an empty stack/],
    ["values below the mark", ["N(\x85"], /an empty stack/],
    ["no mark", ["Nt"], /a mark on the stack/],
    ["an unknown opcode", ["\xff"], /an opcode that torch.save writes/],
    ["an opcode of protocol 0", ["I1\n"], /opcode that torch.save writes, received "I"/],
    ["another protocol", ["\x80", 6], /protocol 2 to 5, received 6/],
    ["a frame beyond the end", ["\x95", Buffer.alloc(8, 1)], /a size below 2\^53|a frame of at most/],
    ["a text beyond the end", ["X", Buffer.of(255, 255, 255, 255)], /4294967295 more bytes, received an end after 1/],
    ["a text of 2^60 bytes", ["\x8d", Buffer.of(0, 0, 0, 0, 0, 0, 0, 16)], /a size below 2\^53/],
    ["bytes beyond the end", ["B", Buffer.of(255, 255, 255, 127)], /more bytes/],
    ["an integer of megabytes", ["\x8b", Buffer.of(0, 0, 16, 0), Buffer.alloc(2 ** 20)], /at most 32 bytes/],
    ["a memory never written", ["j", Buffer.of(255, 255, 255, 255)], /value 4294967295 in the memo/],
    ["a name without an end", ["cposix"], /a line of text/],
    ["a name that is no text", ["NN\x93"], /a name in two words, received None and None/],
    ["a key without a value", ["}(Nu"], /a value for each key/],
    ["items for what is no dictionary", ["](NNu"], /a dictionary, received a list of 0/],
    ["appending to a dictionary", ["}Na"], /a list, received a dictionary of 0/],
    ["adding to a list", ["](N\x90"], /a set, received a list of 0/],
    [
      "arguments that are none",
      ["ccollections\nOrderedDict\nNR"],
      /arguments of collections.OrderedDict, received None/,
    ],
    ["a reference of another kind", ["(", text("module"), "tQ"], /a reference to a storage/],
  ])("%s", (_, parts, message) => {
    expect(refusal(...parts)).toMatch(message);
  });

  it("at every place where it is cut off", () => {
    const whole = pickleOf("}(", text("a"), "K", 1, text("b"), "]q", 0, "(NNeu");
    for (let length = 0; length < whole.length; length++) {
      expect(() => unpickle(whole.subarray(0, length), "model.pt", meaning)).toThrow(CorruptFile);
    }
  });
});

describe("a pickle that would take forever, or all memory, is refused", () => {
  const doubled = Array.from({ length: 60 }, (_, i) => [`(h`, i, "h", i, "tq", i + 1]).flat();
  const many = 2 ** 20;
  /** 2^15 different numbers, and as many sets of them. */
  const numbers = Buffer.from(Array.from({ length: 2 ** 15 }, (_, i) => [0x4d, i & 255, i >> 8]).flat());
  const copies = Buffer.from("cbuiltins\nset\nh\x00\x85R0".repeat(2 ** 15), "latin1");

  it.each<[string, readonly PicklePart[], RegExp]>([
    ["a list that holds itself", ["]q", 0, "h", 0, "a"], /one that holds itself/],
    ["a dictionary that is its own key", ["}q", 0, "h", 0, "Ns"], /one that holds itself/],
    ["two lists that hold each other", ["]q", 0, "]q", 1, "h", 0, "ah", 1, "a"], /one that holds itself/],
    ["many lists, each in the next", [Buffer.alloc(2 ** 18, "]"), Buffer.alloc(2 ** 18 - 1, "a")], /at most 100 deep/],
    ["lists shared twice, 60 times over", ["]q", 0, ...doubled], /at most 16777216 values, received more, by sharing/],
    ["a stack without end", [Buffer.alloc(many, "N")], /at most 524288 values on the stack/],
    ["marks without end", [Buffer.alloc(many, "(")], /at most 524288 values on the stack/],
    ["a memo without end", ["N", Buffer.alloc(many, "\x94", "latin1")], /at most 524288 values in the memo/],
    ["dictionaries without end", [Buffer.alloc(2 * many, "}0")], /at most 524288 lists, dictionaries/],
    ["copies of a large list", ["]q", 0, "(", numbers, "e", copies], /at most 524288 lists/],
    ["more bytes than any checkpoint's", [Buffer.alloc(longestPickle, "N")], /at most 33554432 bytes/],
  ])("%s", (_, parts, message) => {
    expect(refusal(...parts)).toMatch(message);
  });
});
