/** The safetensors format: reading and writing of F32 and I32 tensors. */
export { readSafetensors, type SafetensorsFile } from "./safetensors/read-safetensors.js";
export { type WriteSafetensorsOptions, writeSafetensors } from "./safetensors/write-safetensors.js";
