// Bytes that tensors move from the host to a CUDA device.

#include <ATen/record_function.h>

#include <atomic>
#include <cstring>

#include "counter.h"

using namespace bench;

namespace {

struct CopyCounter : Counter {
  struct Count : c10::DebugInfoBase {
    std::atomic<uint64_t> bytes{0};
  };
  static constexpr auto place = c10::DebugInfoKind::TEST_INFO_2;

  static std::unique_ptr<at::ObserverContext> add(const at::RecordFunction& operation) {
    auto* count = static_cast<Count*>(c10::ThreadLocalDebugInfo::get(place));
    if (!count || std::strcmp(operation.name(), "aten::copy_") != 0) return nullptr;
    const auto in = operation.inputs();
    const auto to = in[0].toTensor(), from = in[1].toTensor();
    if (to.is_cuda() && from.is_cpu()) count->bytes += from.nbytes();
    return nullptr;
  }

  std::shared_ptr<Count> count = std::make_shared<Count>();
  c10::DebugInfoGuard slot{place, count};
  at::CallbackHandle callback = at::addThreadLocalCallback(
      at::RecordFunctionCallback(add).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  uint64_t counted() const override { return count->bytes; }
  ~CopyCounter() override { at::removeCallback(callback); }
};

}  // namespace

extern "C" const char* bench_start_copies(Counter** counter) { return start<CopyCounter>(counter); }
