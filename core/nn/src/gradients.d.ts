// Made by bundle.mjs: registers tfjs-core's gradients as a side effect.
export {};
