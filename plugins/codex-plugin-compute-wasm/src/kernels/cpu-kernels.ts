import "@tensorflow/tfjs-backend-cpu";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import {
  findBackend,
  getKernel,
  getKernelsForBackend,
  type KernelConfig,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
} from "@tensorflow/tfjs-core";

/**
 * Gives the WebAssembly backend what it lacks: every kernel that only the plain JavaScript backend has runs there, on
 * copies of its inputs.
 */
export function installCpuKernels(wasm: BackendWasm, backendName: string): void {
  const cpu = quietCpuBackend();
  for (const kernel of getKernelsForBackend("cpu")) {
    if (getKernel(kernel.kernelName, backendName)) continue;
    registerKernel({
      kernelName: kernel.kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => runOnCpu(kernel, cpu, wasm, inputs, attrs),
    });
  }
}

function runOnCpu(
  kernel: KernelConfig,
  cpu: MathBackendCPU,
  wasm: BackendWasm,
  inputs: NamedTensorInfoMap,
  attrs: Parameters<KernelConfig["kernelFunc"]>[0]["attrs"],
): TensorInfo[] | TensorInfo {
  const copies = (Array.isArray(inputs) ? [] : {}) as Record<string, TensorInfo>;
  for (const [name, info] of Object.entries(inputs)) {
    if (info) copies[name] = cpu.makeTensorInfo(info.shape, info.dtype, wasm.readSync(info.dataId));
  }
  const result = kernel.kernelFunc({ inputs: copies, attrs, backend: cpu });
  const outputs = [result].flat().map((info) => {
    const values = cpu.readSync(info.dataId);
    const output = wasm.makeOutput(info.shape, info.dtype, undefined, values as Float32Array);
    cpu.disposeData(info.dataId);
    return output;
  });
  for (const info of Object.values(copies)) cpu.disposeData(info.dataId);
  return Array.isArray(result) ? outputs : outputs[0]!;
}

/** The plain JavaScript backend, which would greet the user at its first tensor. */
function quietCpuBackend(): MathBackendCPU {
  const backend = findBackend("cpu");
  Object.assign(backend, { firstUse: false });
  return backend as MathBackendCPU;
}
