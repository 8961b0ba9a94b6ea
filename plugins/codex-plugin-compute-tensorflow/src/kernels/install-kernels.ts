import { KernelInstaller } from "../operations/kernel-installer.js";
import { installAdamW } from "./adamw.js";
import { installCausalAttention } from "./causal-attention.js";
import { installCoreKernels } from "./core-kernels.js";
import { installGelu } from "./gelu.js";
import { installLayerNorm } from "./layer-norm.js";
import { installLinear } from "./linear.js";
import { installSquaredSum } from "./squared-sum.js";
import { installTokenCrossEntropy } from "./token-cross-entropy.js";

/** Registers what TensorFlow computes in another way than operator by operator of tfjs-core. */
export function installKernels(backendName: string): void {
  const installer = new KernelInstaller(backendName);
  installCoreKernels(installer, backendName);
  installLinear(installer);
  installGelu(installer);
  installLayerNorm(installer);
  installCausalAttention(installer);
  installTokenCrossEntropy(installer);
  installSquaredSum(installer);
  installAdamW(installer);
}
