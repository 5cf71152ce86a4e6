// Floating-point operations of products.

#include <ATen/record_function.h>

#include <atomic>
#include <functional>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "counter.h"

using namespace bench;

namespace {

using Inputs = c10::ArrayRef<const c10::IValue>;

uint64_t numel(const c10::IValue& value) { return static_cast<uint64_t>(value.toTensor().numel()); }

uint64_t product(at::IntArrayRef sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), uint64_t{1}, std::multiplies<>());
}

// [.., m, k] by [.., k, n], the two operands being inputs first and first + 1.
template <size_t first>
uint64_t matrix_product(Inputs in) {
  return numel(in[first]) * static_cast<uint64_t>(in[first + 1].toTensor().size(-1));
}

uint64_t convolution(Inputs in) {
  const auto input = in[0].toTensor(), weight = in[1].toTensor();
  const auto stride = in[3].toIntVector(), padding = in[4].toIntVector(), dilation = in[5].toIntVector();
  const bool transposed = in[6].toBool();
  auto positions = static_cast<uint64_t>(input.size(0));
  for (int64_t d = 2; d < input.dim(); ++d) {
    const auto at = [d](const std::vector<int64_t>& v) { return v.size() == 1 ? v[0] : v[d - 2]; };
    const auto reach = at(dilation) * (weight.size(d) - 1) + 1;
    positions *= transposed ? input.size(d) : (input.size(d) + 2 * at(padding) - reach) / at(stride) + 1;
  }
  return positions * numel(in[1]);
}

uint64_t convolution_backward(Inputs in) {
  const auto moved = (in[7].toBool() ? in[1] : in[0]).toTensor().sizes();
  const auto mask = in[10].toBoolList();
  const auto once = static_cast<uint64_t>(moved[0]) * product(moved.slice(2)) * numel(in[2]);
  return once * (uint64_t{mask[0]} + uint64_t{mask[1]});
}

// Scores and weighted values, the query being input first.
template <size_t first>
uint64_t attention(Inputs in) {
  const auto query = in[first].toTensor(), key = in[first + 1].toTensor(), value = in[first + 2].toTensor();
  return product(query.sizes().slice(0, query.dim() - 1)) * key.size(-2) * (query.size(-1) + value.size(-1));
}

uint64_t attention_backward(Inputs in) { return 2 * attention<1>(in); }

const std::unordered_map<std::string_view, uint64_t (*)(Inputs)> multiply_adds = {
    {"aten::mm", matrix_product<0>},
    {"aten::bmm", matrix_product<0>},
    {"aten::addmm", matrix_product<1>},
    {"aten::addmm_", matrix_product<1>},
    {"aten::_addmm_activation", matrix_product<1>},
    {"aten::baddbmm", matrix_product<1>},
    {"aten::baddbmm_", matrix_product<1>},
    {"aten::convolution", convolution},
    {"aten::convolution_backward", convolution_backward},
    {"aten::_scaled_dot_product_flash_attention", attention<0>},
    {"aten::_scaled_dot_product_flash_attention_for_cpu", attention<0>},
    {"aten::_scaled_dot_product_efficient_attention", attention<0>},
    {"aten::_scaled_dot_product_cudnn_attention", attention<0>},
    {"aten::_scaled_dot_product_flash_attention_backward", attention_backward},
    {"aten::_scaled_dot_product_flash_attention_for_cpu_backward", attention_backward},
    {"aten::_scaled_dot_product_efficient_attention_backward", attention_backward},
    {"aten::_scaled_dot_product_cudnn_attention_backward", attention_backward},
};

// libtorch hands thread-local callbacks on to its backward threads too.
struct FlopCount : c10::DebugInfoBase {
  std::atomic<uint64_t> flops{0};
};
constexpr auto flop_place = c10::DebugInfoKind::TEST_INFO;

// Marks an operator that was counted, so that those it calls are not.
struct Counted : at::ObserverContext {};
thread_local int counted_depth = 0;

std::unique_ptr<at::ObserverContext> count_operator(const at::RecordFunction& operation) {
  const auto known = multiply_adds.find(operation.name());
  auto* count = static_cast<FlopCount*>(c10::ThreadLocalDebugInfo::get(flop_place));
  if (known == multiply_adds.end() || !count) return nullptr;
  if (counted_depth == 0) count->flops += 2 * known->second(operation.inputs());
  ++counted_depth;
  return std::make_unique<Counted>();
}

void leave_operator(const at::RecordFunction&, at::ObserverContext* context) {
  if (context) --counted_depth;
}

struct FlopCounter : Counter {
  static constexpr auto place = flop_place;
  std::shared_ptr<FlopCount> count = std::make_shared<FlopCount>();
  c10::DebugInfoGuard slot{place, count};
  at::CallbackHandle callback = at::addThreadLocalCallback(
      at::RecordFunctionCallback(count_operator, leave_operator).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  uint64_t counted() const override { return count->flops; }
  ~FlopCounter() override { at::removeCallback(callback); }
};

}  // namespace

extern "C" const char* bench_start_flops(Counter** counter) { return start<FlopCounter>(counter); }

extern "C" void bench_pause_flops(int depth) { counted_depth += depth; }
