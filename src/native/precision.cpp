// How exactly the kernels compute.

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>

#include "native.h"

using namespace bench;

extern "C" const char* bench_disable_tf32() {
  return guarded([] {
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  });
}

extern "C" const char* bench_autocast_enter(int device, bool enabled, bool* was_enabled, int8_t* old_dtype) {
  return guarded([=] {
    const auto type = device_of(device).type();
    *was_enabled = at::autocast::is_autocast_enabled(type);
    *old_dtype = static_cast<int8_t>(at::autocast::get_autocast_dtype(type));
    at::autocast::increment_nesting();
    at::autocast::set_autocast_dtype(type, at::kBFloat16);
    at::autocast::set_autocast_enabled(type, enabled);
  });
}

extern "C" const char* bench_autocast_leave(int device, bool was_enabled, int8_t old_dtype) {
  return guarded([=] {
    const auto type = device_of(device).type();
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(type, was_enabled);
    at::autocast::set_autocast_dtype(type, static_cast<at::ScalarType>(old_dtype));
  });
}
