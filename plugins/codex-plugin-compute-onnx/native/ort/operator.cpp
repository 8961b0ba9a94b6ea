#include "operator.h"
#include <exception>
#include <utility>

namespace codex {

const Opaque* ortFunctions = nullptr;

namespace {

constexpr uint32_t apiVersion = 18;  // the first with getMayInplace
enum Kind { required = 0, optional = 1 };

struct Kernel {
  const Operator* op;
  Attributes attributes;
};

const Operator& of(const CustomOp* op) { return *static_cast<const Operator*>(op); }

Opaque createKernel(const CustomOp* op, Opaque, Opaque info) {
  auto* kernel = new Kernel{&of(op), {}};
  for (const char* name : of(op).spec.floatAttributes) {
    float value = 0;
    ortCall(Place::getFloatAttribute, static_cast<const void*>(info), name, &value);
    kernel->attributes.floats.push_back(value);
  }
  for (const char* name : of(op).spec.intAttributes) {
    int64_t value = 0;
    ortCall(Place::getIntAttribute, static_cast<const void*>(info), name, &value);
    kernel->attributes.ints.push_back(value);
  }
  return kernel;
}

/** ONNX Runtime's status of what an operator asked for in vain: an output that there is no memory for. */
struct Refusal {
  Opaque status;
};

Opaque compute(Opaque kernel, Opaque context) {
  const auto& own = *static_cast<const Kernel*>(kernel);
  try {
    own.op->spec.compute(Call(context, own.attributes));
    return nullptr;
  } catch (const Refusal& refusal) {
    return refusal.status;
  } catch (const std::exception& error) {
    constexpr int failed = 1;
    return ortCall(Place::createStatus, failed, error.what());
  }
}

void destroyKernel(Opaque kernel) { delete static_cast<Kernel*>(kernel); }

void releaseMayInplace(int* inputs, int* outputs) {
  std::free(inputs);
  std::free(outputs);
}

}  // namespace

Operator::Operator(OperatorSpec given) : CustomOp{}, spec(std::move(given)) {
  version = apiVersion;
  CustomOp::createKernel = codex::createKernel;
  getName = [](const CustomOp* op) { return of(op).spec.name; };
  getExecutionProvider = [](const CustomOp*) -> const char* { return nullptr; };
  getInputType = [](const CustomOp* op, size_t index) { return of(op).spec.inputs[index].type; };
  getInputCount = [](const CustomOp* op) { return of(op).spec.inputs.size(); };
  getOutputType = [](const CustomOp* op, size_t) { return of(op).spec.outputType; };
  getOutputCount = [](const CustomOp* op) { return of(op).spec.outputs; };
  computeV2 = codex::compute;
  CustomOp::destroyKernel = codex::destroyKernel;
  getInputKind = [](const CustomOp* op, size_t index) -> int {
    return of(op).spec.inputs[index].isOptional ? optional : required;
  };
  getOutputKind = [](const CustomOp* op, size_t index) -> int {
    return index + of(op).spec.optionalOutputs >= of(op).spec.outputs ? optional : required;
  };
  getInputMemory = [](const CustomOp*, size_t) { return 0; };
  getLeastVariadicInputs = [](const CustomOp*) { return 1; };
  areVariadicInputsAlike = [](const CustomOp*) { return 1; };
  getLeastVariadicOutputs = [](const CustomOp*) { return 1; };
  areVariadicOutputsAlike = [](const CustomOp*) { return 1; };
  getFirstVersion = [](const CustomOp*) { return 1; };
  getLastVersion = [](const CustomOp*) { return 0x7fffffff; };
  getMayInplace = spec.mayInPlace;
  CustomOp::releaseMayInplace = codex::releaseMayInplace;
}

const void* Call::data(size_t index) const {
  size_t count = 0;
  ortCall(Place::countInputs, static_cast<const void*>(context_), &count);
  if (index >= count) return nullptr;
  Opaque value = nullptr;
  ortCall(Place::getInput, static_cast<const void*>(context_), index, &value);
  if (!value) return nullptr;
  Opaque data = nullptr;
  ortCall(Place::getTensorMutableData, value, &data);
  return data;
}

Shape Call::shape(size_t index) const {
  Opaque value = nullptr;
  ortCall(Place::getInput, static_cast<const void*>(context_), index, &value);
  Opaque info = nullptr;
  ortCall(Place::getTensorTypeAndShape, value, &info);
  size_t rank = 0;
  ortCall(Place::getDimensionsCount, info, &rank);
  Shape shape(rank);
  ortCall(Place::getDimensions, info, shape.data(), rank);
  ortCall<void>(Place::releaseTensorTypeAndShape, info);
  return shape;
}

Opaque Call::written(size_t index, const Shape& shape) const {
  Opaque value = nullptr;
  const Opaque status = ortCall(Place::getOutput, context_, index, shape.data(), shape.size(), &value);
  if (status) throw Refusal{status};
  if (!value) return nullptr;
  Opaque data = nullptr;
  ortCall(Place::getTensorMutableData, value, &data);
  return data;
}

Parallel Call::parallel() const {
  return Parallel(
      [](void* context, Parallel::Body body, size_t blocks, void* argument) {
        ortCall(Place::parallelFor, static_cast<const void*>(context), body, blocks, size_t{0}, argument);
      },
      context_);
}

}  // namespace codex
