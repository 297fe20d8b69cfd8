// A scope names parameters. A layer is a function of (scope, tensors): the first trace declares what it uses, later
// traces find it. The path of a scope is the path in the official checkpoints (`encoder.blocks.0.attn.qkv.weight`), so
// loading official weights is reading, not translating. A teacher is the same function traced in another scope.

import { elements, input, type Shape, type Tensor } from "../tensor/index.ts";
import type { Initial } from "./initial.ts";

export interface Declaration {
  readonly name: string;
  /** As the checkpoint stores it. */
  readonly shape: Shape;
  readonly initial: Initial;
  /** Fixed tables are stored and loaded like parameters and never trained. */
  readonly trained: boolean;
}

/** An input of a graph that stands for a parameter or for some of its rows. */
export interface ParameterLeaf {
  readonly tensor: Tensor;
  readonly feed: string;
  readonly name: string;
  /** In elements from the parameter's start. */
  readonly offset: number;
}

export interface ParameterOptions {
  /** The shape in which the graph uses it, when another one suits better than the checkpoint's. */
  readonly as?: Shape;
  readonly trained?: boolean;
}

export interface Scope {
  readonly path: string;
  /** The scope below, `path.name`. */
  at(name: string | number): Scope;
  parameter(name: string, shape: Shape, initial: Initial, options?: ParameterOptions): Tensor;
  /**
   * One parameter seen as equal parts along its first axis: what the checkpoint fuses (q, k, v), the graph uses apart.
   */
  parts(name: string, shape: Shape, count: number, initial: Initial): Tensor[];
}

/** Everything declared by tracing in scopes of one model. */
export interface ParameterBook {
  readonly declarations: ReadonlyMap<string, Declaration>;
  readonly leaves: ReadonlyMap<string, ParameterLeaf>;
  readonly root: Scope;
}

/** An empty book; trace in `root.at("encoder")` and read what was declared. */
export function parameterBook(): ParameterBook {
  const declarations = new Map<string, Declaration>();
  const leaves = new Map<string, ParameterLeaf>();
  const declare = (declaration: Declaration) => {
    const known = declarations.get(declaration.name);
    if (known !== undefined && `${known.shape}` !== `${declaration.shape}`) {
      throw new RangeError(`internal: ${declaration.name} declared as [${known.shape}] and as [${declaration.shape}]`);
    }
    if (known === undefined) declarations.set(declaration.name, declaration);
  };
  const leaf = (name: string, feed: string, offset: number, shape: Shape): Tensor => {
    const known = leaves.get(feed);
    if (known !== undefined) return known.tensor;
    const tensor = input(feed, shape);
    leaves.set(feed, { tensor, feed, name, offset });
    return tensor;
  };
  const scope = (path: string): Scope => {
    const full = (name: string | number) => (path === "" ? `${name}` : `${path}.${name}`);
    return {
      path,
      at: (name) => scope(full(name)),
      parameter(name, shape, initial, { as = shape, trained = true } = {}) {
        declare({ name: full(name), shape, initial, trained });
        return leaf(full(name), full(name), 0, as);
      },
      parts(name, shape, count, initial) {
        declare({ name: full(name), shape, initial, trained: true });
        const part = shape.with(0, shape[0] / count);
        return Array.from({ length: count }, (_, i) =>
          leaf(full(name), `${full(name)}[${i}/${count}]`, i * elements(part), part),
        );
      },
    };
  };
  return { declarations, leaves, root: scope("") };
}
