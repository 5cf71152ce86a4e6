// The state of libtorch's random generators.

#include <ATen/Context.h>

#include <mutex>

#include "native.h"

using namespace bench;

extern "C" const char* bench_generator_state(int device, at::Tensor** state) {
  return guarded([=] {
    auto generator = at::globalContext().defaultGenerator(device_of(device));
    const std::scoped_lock lock(generator.mutex());
    *state = new at::Tensor(generator.get_state());
  });
}

extern "C" const char* bench_set_generator_state(int device, const at::Tensor* state) {
  return guarded([=] {
    auto generator = at::globalContext().defaultGenerator(device_of(device));
    const std::scoped_lock lock(generator.mutex());
    generator.set_state(*state);
  });
}
