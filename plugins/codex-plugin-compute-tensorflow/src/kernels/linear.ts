import type { KernelInstaller } from "../operations/kernel-installer.js";
import type { Value } from "../operations/value.js";

interface Inputs {
  readonly x: Value;
  readonly weight: Value;
  readonly bias?: Value;
}

export function installLinear(installer: KernelInstaller): void {
  installer.install<Inputs, { transposeWeight: boolean }>(
    "CodexLinear",
    (operations, { x, weight, bias }, { transposeWeight }) => {
      const product = operations.product(x, weight, { b: transposeWeight });
      return [bias ? operations.one("BiasAdd", [operations.last(product), bias]) : product];
    },
  );
}
