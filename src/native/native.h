// What tch does not bind of libtorch, and the conventions by which Rust calls it: a function returns
// null, or the reason of a failure in a string that stays valid until this thread's next call. A
// tensor crosses as at::Tensor*, a device as its index.

#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/util/Exception.h>

#include <string>
#include <vector>

namespace bench {

inline const char* keep(std::string message) {
  thread_local std::string kept;
  kept = std::move(message);
  return kept.c_str();
}

template <typename F>
const char* guarded(F&& body) {
  try {
    body();
    return nullptr;
  } catch (const c10::Error& error) {
    return keep(error.what_without_backtrace());
  } catch (const std::exception& error) {
    return keep(error.what());
  } catch (...) {
    return keep("unknown C++ exception");
  }
}

// The CPU where index is negative, as in tch.
inline at::Device device_of(int index) {
  return index < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

}  // namespace bench
