import type { GraphDescription } from "./ir/print.js";

/** A tensor that crosses a session's border. */
export interface Port {
  readonly name: string;
  readonly dtype: "float32" | "int32";
  readonly shape: readonly number[];
}

/** One ONNX model: opset 18 and com.microsoft. */
export interface EmittedModel {
  readonly bytes: Uint8Array;
  /** In the order of the model's inputs. What the program declares but does not read is left out. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** What a session's port is bound to: resident state, a program input, or a program output. */
export type Binding =
  | { readonly kind: "state"; readonly name: string }
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "output"; readonly name: string };

/** Bindings by port name. */
export type Bindings = { readonly [portName: string]: Binding };

/** An output port that may be written over an input port's memory while the session runs. */
export interface Alias {
  readonly output: string;
  readonly input: string;
}

/** A value by what makes it, for messages. */
export interface LargestValue {
  readonly what: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
}

/** State that holds a matrix of the state narrowed to int8. */
export interface NarrowedState {
  readonly name: string;
  /** As `Narrowing` of native/kernels.h says. */
  readonly spec: { readonly dtype: "int32"; readonly shape: readonly number[] };
  readonly of: string;
  /** Of the matrix. */
  readonly shape: readonly number[];
  readonly isTransposed: boolean;
}

/** A program that runs as one session. */
export interface SessionGraph {
  readonly kind: "session";
  readonly model: EmittedModel;
  readonly inputs: Bindings;
  /** Only `state` and `output` bindings. */
  readonly outputs: Bindings;
  /**
   * State outputs that may be written in place. The other state outputs go to a second buffer that the runtime swaps
   * or copies after the run. State that no input port reads has nothing to alias: it may be written at once.
   */
  readonly aliases: readonly Alias[];
  /** Operators that the target's device has no form for, by name: the processor computes them. */
  readonly hostOperators: readonly string[];
  /** The largest value in the graph: devices limit what one buffer may hold. */
  readonly largest: LargestValue;
  /** State that has to be made of other state before a run. */
  readonly narrowed: readonly NarrowedState[];
  /** The graph after all passes. */
  describe(): GraphDescription;
}

/** A port of an elementwise model: a slice of the members' elements, or a scalar that all elements share. */
export interface ElementwisePort {
  readonly name: string;
  readonly dtype: "float32" | "int32";
  readonly kind: "elements" | "scalar";
}

/** One tensor-shaped instance of an elementwise computation: one parameter of an optimizer's update. */
export interface ElementwiseMember {
  readonly length: number;
  /** `elements` ports have bindings of `length` elements each; `scalar` ports are the same in all members. */
  readonly inputs: Bindings;
  readonly outputs: Bindings;
}

/** Members that compute the same function of each element, so that any slice of them can go through one small model. */
export interface ElementwiseGroup {
  readonly inputs: readonly ElementwisePort[];
  /** All of kind `elements`. */
  readonly outputs: readonly ElementwisePort[];
  readonly members: readonly ElementwiseMember[];
  /** Operators that go over a slice one after the other. */
  readonly operatorCount: number;
  /**
   * The model for slices of `length` elements: `elements` ports have shape [length], `scalar` ports shape [].
   * A state output may be written over the same slice of the same state's input: that is safe in every group.
   */
  model(length: number): EmittedModel;
}

/**
 * A program without reductions or movement between elements: it may run in cache-sized slices, across the borders of
 * its members where their memory is contiguous.
 */
export interface ElementwiseGraph {
  readonly kind: "elementwise";
  readonly groups: readonly ElementwiseGroup[];
  /** The graph of each group's pattern: each of its members is run as it, in slices. */
  describe(): GraphDescription;
}

/** A program after tracing, passes and emission. `compileGraph` of compile-graph.ts makes it. */
export type CompiledGraph = SessionGraph | ElementwiseGraph;
