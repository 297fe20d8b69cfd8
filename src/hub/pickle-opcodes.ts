// What each opcode of a pickle does, a row each, in families. Codes and names are those of Python's module
// `pickletools`. Text opcodes of protocols 0 and 1, extension codes and buffers outside the file are absent: torch.save
// writes none.

import type { ByteCursor } from "./byte-cursor.ts";
import type { PickleMachine } from "./pickle-machine.ts";
import type { TorchValue } from "./torch-value.ts";

/** Takes an opcode's argument from the cursor and changes the machine. */
type Action = (machine: PickleMachine, cursor: ByteCursor) => void;

const control: readonly (readonly [string, Action])[] = [
  ["\x80", (_, cursor) => checkProtocol(cursor)], // PROTO
  ["\x95", (_, cursor) => checkFrame(cursor)], // FRAME
  ["(", (machine) => machine.mark()], // MARK
  ["0", (machine) => machine.pop()], // POP
  ["1", (machine) => machine.popMark()], // POP_MARK
  ["2", (machine) => machine.push(machine.top())], // DUP
];

const literals: readonly (readonly [string, Action])[] = [
  ["N", (machine) => machine.push(null)], // NONE
  ["\x88", (machine) => machine.push(true)], // NEWTRUE
  ["\x89", (machine) => machine.push(false)], // NEWFALSE
  ["J", (machine, cursor) => machine.push(cursor.int32())], // BININT
  ["K", (machine, cursor) => machine.push(cursor.uint8())], // BININT1
  ["M", (machine, cursor) => machine.push(cursor.uint16())], // BININT2
  ["\x8a", (machine, cursor) => machine.push(longInteger(cursor, cursor.uint8()))], // LONG1
  ["\x8b", (machine, cursor) => machine.push(longInteger(cursor, cursor.uint32()))], // LONG4
  ["G", (machine, cursor) => machine.push(cursor.float64BigEndian())], // BINFLOAT
  ["\x8c", (machine, cursor) => machine.push(cursor.text(cursor.uint8()))], // SHORT_BINUNICODE
  ["X", (machine, cursor) => machine.push(cursor.text(cursor.uint32()))], // BINUNICODE
  ["\x8d", (machine, cursor) => machine.push(cursor.text(cursor.size()))], // BINUNICODE8
  ["C", (machine, cursor) => machine.build(cursor.take(cursor.uint8()).slice())], // SHORT_BINBYTES
  ["B", (machine, cursor) => machine.build(cursor.take(cursor.uint32()).slice())], // BINBYTES
  ["\x8e", (machine, cursor) => machine.build(cursor.take(cursor.size()).slice())], // BINBYTES8
];

const containers: readonly (readonly [string, Action])[] = [
  ["]", (machine) => machine.build([])], // EMPTY_LIST
  ["a", (machine) => appendTo(machine, [machine.pop()])], // APPEND
  ["e", (machine) => appendTo(machine, machine.popMark())], // APPENDS
  [")", (machine) => machine.build([])], // EMPTY_TUPLE
  ["\x85", (machine) => machine.build(machine.popSome(1))], // TUPLE1
  ["\x86", (machine) => machine.build(machine.popSome(2))], // TUPLE2
  ["\x87", (machine) => machine.build(machine.popSome(3))], // TUPLE3
  ["t", (machine) => machine.build(machine.popMark())], // TUPLE
  ["}", (machine) => machine.build(new Map())], // EMPTY_DICT
  ["s", (machine) => machine.setItems(machine.popSome(2))], // SETITEM
  ["u", (machine) => machine.setItems(machine.popMark())], // SETITEMS
  ["\x8f", (machine) => machine.build(new Set())], // EMPTY_SET
  ["\x90", (machine) => addTo(machine)], // ADDITEMS
  ["\x91", (machine) => machine.build(new Set(machine.popMark()))], // FROZENSET
];

const memo: readonly (readonly [string, Action])[] = [
  ["q", (machine, cursor) => machine.remember(cursor.uint8())], // BINPUT
  ["r", (machine, cursor) => machine.remember(cursor.uint32())], // LONG_BINPUT
  ["\x94", (machine) => machine.remember()], // MEMOIZE
  ["h", (machine, cursor) => machine.recall(cursor.uint8())], // BINGET
  ["j", (machine, cursor) => machine.recall(cursor.uint32())], // LONG_BINGET
];

const names: readonly (readonly [string, Action])[] = [
  ["c", (machine, cursor) => machine.name(cursor.line(), cursor.line())], // GLOBAL
  ["\x93", (machine) => nameFromStack(machine)], // STACK_GLOBAL
  ["i", (machine, cursor) => callByName(machine, cursor)], // INST
  ["R", (machine) => machine.call()], // REDUCE
  ["\x81", (machine) => machine.call()], // NEWOBJ: of the names allowed, making is calling
  ["b", (machine) => machine.dropState()], // BUILD
  ["Q", (machine) => machine.persistent()], // BINPERSID
];

/** What to do for each opcode but STOP, which ends the reading. */
export const opcodes: ReadonlyMap<string, Action> = new Map([
  ...control,
  ...literals,
  ...containers,
  ...memo,
  ...names,
]);

function checkProtocol(cursor: ByteCursor): void {
  const protocol = cursor.uint8();
  if (protocol < 2 || protocol > 5) throw cursor.fault("a pickle of protocol 2 to 5", protocol);
}

/** Frames only say how far a reader may read ahead. */
function checkFrame(cursor: ByteCursor): void {
  const length = cursor.size();
  if (length > cursor.left) throw cursor.fault(`a frame of at most ${cursor.left} bytes`, length);
}

/** Four words of 64 bits: counters and seeds are shorter, and work with longer integers is no longer one small step. */
const longestInteger = 32;

/** An integer in two's complement: a number where that is exact, else a bigint. */
function longInteger(cursor: ByteCursor, length: number): number | bigint {
  if (length > longestInteger) throw cursor.fault(`integers of at most ${longestInteger} bytes`, `${length} bytes`);
  const bits = cursor.take(length).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const value = BigInt.asIntN(8 * length, bits);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function appendTo(machine: PickleMachine, items: readonly TorchValue[]): void {
  const list = machine.topList();
  for (const item of items) list.push(item);
}

function addTo(machine: PickleMachine): void {
  const items = machine.popMark();
  const set = machine.topSet();
  for (const item of items) set.add(item);
}

function nameFromStack(machine: PickleMachine): void {
  const [module = null, word = null] = machine.popSome(2);
  machine.name(module, word);
}

/** The oldest way to call: name in the opcode, arguments above the mark. */
function callByName(machine: PickleMachine, cursor: ByteCursor): void {
  const [module, word] = [cursor.line(), cursor.line()];
  const args = machine.popMark();
  machine.name(module, word);
  machine.push(args);
  machine.call();
}
