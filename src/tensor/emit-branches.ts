// Several graphs as one model, of which each run takes one: nested ONNX `If`s. A
// model keeps its working memory for good, so graphs that take turns (a step for
// each size of mask) would add theirs up; branches of one model use the same.

import { emit } from "./emit.ts";
import { ownNames, type Tensor } from "./graph.ts";
import type { OnnxModel, OnnxNode, OnnxValue } from "./onnx.ts";
import { sameShape, shapeError } from "./shapes.ts";

/** Several graphs as one model. */
export interface Branches {
  readonly model: OnnxModel;
  readonly branches: readonly {
    /** The graph's own inputs by name, as the model names them. */
    readonly inputs: ReadonlyMap<string, OnnxValue>;
    readonly nodes: number;
  }[];
}

/** The i32 input, a single number, that says which graph runs. */
export const branchSelector: string = `${ownNames}branch`;

/**
 * Lowers graphs that have outputs of the same names and shapes.
 *
 * Inputs of one name are one input where their shapes and types agree, and one for each graph where they don't.
 *
 * @throws ShapeError where there is no graph, or the outputs differ; as `emit`
 */
export function emitBranches(graphs: readonly Readonly<Record<string, Tensor>>[]): Branches {
  if (graphs.length === 0) throw shapeError("compileTogether", "one graph or more", "none", ["give it a graph"]);
  const models = graphs.map((graph) => emit(graph));
  for (const { outputs } of models) requireSameOutputs(models[0].outputs, outputs);
  const inputs = models.map(
    (model, branch) => new Map(model.inputs.map((port) => [port.name, inputOf(port, branch, models)])),
  );
  const bodies = models.map((model, branch) => {
    const nameOf = (name: string) => inputs[branch].get(name)?.name ?? own(branch, name);
    return renamed(model, nameOf);
  });
  const declared = new Map(inputs.flatMap((ports) => [...ports.values()]).map((port) => [port.name, port]));
  const selector: OnnxValue = { name: branchSelector, shape: [], dtype: "i32" };
  const { nodes, constants } = chosen(bodies, 0, models[0].outputs);
  return {
    branches: models.map((model, branch) => ({ inputs: inputs[branch], nodes: model.nodes.length })),
    model: { nodes, constants, inputs: [...declared.values(), selector], outputs: models[0].outputs },
  };
}

/** A name of branch `branch` alone: of a value of its graph, or of one of ours, which begins as all ours do. */
function own(branch: number, name: string): string {
  return name === "" ? "" : `${ownNames}${branch} ${name}`;
}

function inputOf(port: OnnxValue, branch: number, models: readonly OnnxModel[]): OnnxValue {
  const others = models.flatMap(({ inputs }) => inputs.filter(({ name }) => name === port.name));
  return others.every((other) => agree(other, port)) ? port : { ...port, name: own(branch, port.name) };
}

/** The body of a branch: its inputs are read from the model around it. */
function renamed({ nodes, constants, outputs }: OnnxModel, nameOf: (name: string) => string): OnnxModel {
  return {
    nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(nameOf), outputs: node.outputs.map(nameOf) })),
    constants: constants.map((constant) => ({ ...constant, name: nameOf(constant.name) })),
    inputs: [],
    outputs: outputs.map((output) => ({ ...output, name: nameOf(output.name) })),
  };
}

/** Branch `at` or one after it, with outputs of the given names. */
function chosen(bodies: readonly OnnxModel[], at: number, outputs: readonly OnnxValue[]): OnnxModel {
  const body = bodies[at];
  if (at === bodies.length - 1) return body;
  const others = chosen(
    bodies,
    at + 1,
    outputs.map((output, i) => ({ ...output, name: own(at + 1, `${ownNames}result ${i}`) })),
  );
  const [number, taken] = [own(at, `${ownNames}number`), own(at, `${ownNames}taken`)];
  const nodes: OnnxNode[] = [
    { type: "Equal", domain: "", inputs: [branchSelector, number], outputs: [taken], attributes: {} },
    {
      type: "If",
      domain: "",
      inputs: [taken],
      outputs: outputs.map(({ name }) => name),
      attributes: { then_branch: { graph: body }, else_branch: { graph: others } },
    },
  ];
  return { nodes, constants: [{ name: number, shape: [], dtype: "i32", values: [at] }], inputs: [], outputs };
}

function agree(a: OnnxValue, b: OnnxValue): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

function requireSameOutputs(expected: readonly OnnxValue[], received: readonly OnnxValue[]): void {
  const same =
    expected.length === received.length &&
    expected.every((one, i) => one.name === received[i].name && agree(one, received[i]));
  if (same) return;
  const text = (ports: readonly OnnxValue[]) =>
    ports.map(({ name, shape, dtype }) => `${name} ${dtype} [${shape.join(", ")}]`).join(", ");
  throw shapeError("compileTogether", `outputs as the first graph's: ${text(expected)}`, text(received), [
    "give every branch the same outputs in the same order",
  ]);
}
