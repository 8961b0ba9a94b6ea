// An operator of the domain `codex`, as ONNX Runtime calls it.
#pragma once
#include <cstdlib>
#include <vector>
#include "../parallel.h"
#include "api.h"

namespace codex {

using Shape = std::vector<int64_t>;

inline size_t sizeOf(const Shape& shape) {
  size_t size = 1;
  for (int64_t extent : shape) size *= static_cast<size_t>(extent);
  return size;
}

/** An operator's attributes, in the order in which the operator names them. */
struct Attributes {
  std::vector<float> floats;
  std::vector<int64_t> ints;
};

/** One run of an operator. */
class Call {
 public:
  Call(Opaque context, const Attributes& attributes) : attributes(attributes), context_(context) {}

  const Attributes& attributes;

  /** Null where an optional input is absent. */
  const float* input(size_t index) const { return static_cast<const float*>(data(index)); }
  const int32_t* intInput(size_t index) const { return static_cast<const int32_t*>(data(index)); }
  Shape shape(size_t index) const;

  /** Null where an optional output is absent. */
  float* output(size_t index, const Shape& shape) const { return static_cast<float*>(written(index, shape)); }
  int32_t* intOutput(size_t index, const Shape& shape) const { return static_cast<int32_t*>(written(index, shape)); }

  /** ONNX Runtime's own threads. */
  Parallel parallel() const;

 private:
  const void* data(size_t index) const;
  Opaque written(size_t index, const Shape& shape) const;

  Opaque context_;
};

struct InputSpec {
  ElementType type = ElementType::float32;
  bool isOptional = false;
};

constexpr InputSpec floats{};
constexpr InputSpec optionalFloats{ElementType::float32, true};
constexpr InputSpec ints{ElementType::int32};
constexpr InputSpec optionalInts{ElementType::int32, true};

/**
 * Says that an output may take an input's memory, when nothing else reads that input. ONNX Runtime asks a function that
 * knows nothing of its operator.
 */
template <int input, int output>
size_t inPlace(int** inputs, int** outputs) {
  *inputs = static_cast<int*>(std::malloc(sizeof(int)));
  *outputs = static_cast<int*>(std::malloc(sizeof(int)));
  **inputs = input;
  **outputs = output;
  return 1;
}

struct OperatorSpec {
  const char* name;
  std::vector<InputSpec> inputs;
  size_t outputs = 1;
  /** The last of them, which may be absent. */
  size_t optionalOutputs = 0;
  void (*compute)(const Call&);
  std::vector<const char*> floatAttributes = {};
  std::vector<const char*> intAttributes = {};
  /** Of all outputs. */
  ElementType outputType = ElementType::float32;
  size_t (*mayInPlace)(int**, int**) = nullptr;
};

/** Keeps the specification for as long as the process lives. */
struct Operator : CustomOp {
  explicit Operator(OperatorSpec);

  OperatorSpec spec;
};

/** Every operator of the library; operators/all.cpp. */
const std::vector<Operator*>& operators();

}  // namespace codex
