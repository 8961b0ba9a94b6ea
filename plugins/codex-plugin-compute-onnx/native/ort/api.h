// The part of ONNX Runtime's C API that operators call, by place in its table of functions, which only grows.
// @source onnxruntime/include/onnxruntime/core/session/onnxruntime_c_api.h, struct OrtApi and struct OrtCustomOp
#pragma once
#include <cstddef>
#include <cstdint>

namespace codex {

/** A pointer whose type is ONNX Runtime's own affair. */
using Opaque = void*;

/** A function of the table, by its place. */
enum class Place : size_t {
  createStatus = 0,
  getTensorMutableData = 51,
  getDimensionsCount = 61,
  getDimensions = 62,
  getTensorTypeAndShape = 65,
  getFloatAttribute = 85,
  getIntAttribute = 86,
  countInputs = 88,
  getInput = 90,
  getOutput = 91,
  releaseTensorTypeAndShape = 99,
  parallelFor = 274,
};

/** The table, set when the library is registered. */
extern const Opaque* ortFunctions;

/** Calls a function of the table. */
template <class Result = Opaque, class... Arguments>
Result ortCall(Place place, Arguments... arguments) {
  using Function = Result (*)(Arguments...);
  return reinterpret_cast<Function>(ortFunctions[static_cast<size_t>(place)])(arguments...);
}

/** ONNX's element types. */
enum class ElementType : int { any = 0, float32 = 1, int32 = 6, int64 = 7 };

/** `struct OrtCustomOp` up to what version 18 of the API reads, in its order. */
struct CustomOp {
  uint32_t version;
  Opaque (*createKernel)(const CustomOp*, Opaque api, Opaque info);
  const char* (*getName)(const CustomOp*);
  const char* (*getExecutionProvider)(const CustomOp*);
  ElementType (*getInputType)(const CustomOp*, size_t);
  size_t (*getInputCount)(const CustomOp*);
  ElementType (*getOutputType)(const CustomOp*, size_t);
  size_t (*getOutputCount)(const CustomOp*);
  Opaque compute;
  void (*destroyKernel)(Opaque kernel);
  int (*getInputKind)(const CustomOp*, size_t);
  int (*getOutputKind)(const CustomOp*, size_t);
  int (*getInputMemory)(const CustomOp*, size_t);
  int (*getLeastVariadicInputs)(const CustomOp*);
  int (*areVariadicInputsAlike)(const CustomOp*);
  int (*getLeastVariadicOutputs)(const CustomOp*);
  int (*areVariadicOutputsAlike)(const CustomOp*);
  Opaque createKernelV2;
  /** Gives a status, null when all went well. */
  Opaque (*computeV2)(Opaque kernel, Opaque context);
  Opaque inferShape;
  int (*getFirstVersion)(const CustomOp*);
  int (*getLastVersion)(const CustomOp*);
  size_t (*getMayInplace)(int** inputs, int** outputs);
  void (*releaseMayInplace)(int* inputs, int* outputs);
  size_t (*getAlias)(int** inputs, int** outputs);
  void (*releaseAlias)(int* inputs, int* outputs);
  Opaque unused[8];
};

}  // namespace codex
