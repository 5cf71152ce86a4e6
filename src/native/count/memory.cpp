// What tensors hold at most.

#include <c10/core/Allocator.h>

#include <atomic>

#include "counter.h"

using namespace bench;

namespace {

// What libtorch's allocators report to.
struct HeldMemory : c10::MemoryReportingInfoBase {
  std::atomic<int64_t> held{0};
  std::atomic<int64_t> peak{0};

  void reportMemoryUsage(void*, int64_t bytes, size_t, size_t, c10::Device) override {
    const int64_t now = held += bytes;
    int64_t most = peak;
    while (now > most && !peak.compare_exchange_weak(most, now)) {
    }
  }

  bool memoryProfilingEnabled() const override { return true; }
};

struct MemoryCounter : Counter {
  static constexpr auto place = c10::DebugInfoKind::PROFILER_STATE;
  std::shared_ptr<HeldMemory> memory = std::make_shared<HeldMemory>();
  c10::DebugInfoGuard slot{place, memory};
  uint64_t counted() const override { return static_cast<uint64_t>(memory->peak.load()); }
};

}  // namespace

extern "C" const char* bench_start_memory(Counter** counter) { return start<MemoryCounter>(counter); }
