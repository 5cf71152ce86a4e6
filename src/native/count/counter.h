// What is counted while something runs.

#pragma once

#include <c10/util/ThreadLocalDebugInfo.h>

#include "../native.h"

namespace bench {

// Counts from its making on, in a slot that libtorch hands on to its backward threads.
struct Counter {
  virtual uint64_t counted() const = 0;
  virtual ~Counter() = default;
};

template <typename Kind>
const char* start(Counter** counter) {
  return guarded([=] {
    TORCH_CHECK(!c10::ThreadLocalDebugInfo::get(Kind::place), "this is being counted already");
    *counter = new Kind();
  });
}

}  // namespace bench
