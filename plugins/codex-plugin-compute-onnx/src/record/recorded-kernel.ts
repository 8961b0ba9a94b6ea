import type { DataType } from "@tensorflow/tfjs-core";
import { computeOnnxErrors } from "../errors.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import type { ElementType, Value } from "../ir/value.js";

/** A call of a tfjs kernel, its tensors replaced by the values that they stand for. */
export interface KernelCall {
  readonly g: GraphBuilder;
  readonly kernelName: string;
  /** Operators of the domain `codex` may be used. */
  readonly native: boolean;
  /** Inputs in order, for kernels that take a list. */
  readonly inputs: readonly Value[];
  /** An input by name. */
  input(name: string): Value;
  /** An input by name that may be absent. */
  optional(name: string): Value | undefined;
  /** Attributes as tfjs-core passes them: their types are its promise, kernel by kernel. */
  readonly attrs: KernelAttributes;
}

/** Attributes of a kernel, read as the type that the kernel's definition in tfjs-core says. */
export interface KernelAttributes {
  get<Type>(name: string): Type;
}

/** Adds to the graph what a kernel computes, and returns its outputs. */
export type RecordedKernel = (call: KernelCall) => Value | readonly Value[];

/** Kernels by tfjs kernel name. */
export type KernelFamily = { readonly [kernelName: string]: RecordedKernel };

/** @throws CODEX_COMPUTE_DTYPE_IN_BODY for a tfjs type that programs cannot hold. */
export function elementType(dtype: DataType | undefined): ElementType {
  if (dtype === undefined || dtype === "float32") return "float32";
  if (dtype === "int32" || dtype === "bool") return dtype;
  throw computeOnnxErrors.CODEX_COMPUTE_DTYPE_IN_BODY({ what: `A program's body made a tensor of dtype ${dtype}.` });
}

/** Says that a kernel is there but not for these attributes. @throws CODEX_COMPUTE_KERNEL_FORM */
export function refuseForm(kernelName: string, form: string): never {
  throw computeOnnxErrors.CODEX_COMPUTE_KERNEL_FORM({
    what: `${kernelName} was called with ${form}.`,
    where: `kernel ${kernelName}`,
  });
}
