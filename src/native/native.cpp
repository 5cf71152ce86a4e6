// What tch does not bind of libtorch. Every function returns null, or the reason of a failure in
// a string that stays valid until this thread's next call. A tensor crosses as at::Tensor*.

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>
#include <c10/core/Allocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <mutex>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

const char* keep(std::string message) {
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
at::Device device_of(int index) {
  return index < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

std::vector<at::Tensor> tensors_of(const at::Tensor* const* pointers, size_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (size_t i = 0; i < count; ++i) tensors.push_back(*pointers[i]);
  return tensors;
}

}  // namespace

// CUDA at run time.

extern "C" const char* bench_load_cuda() {
  Dl_info torch_cpu;
  if (!dladdr(reinterpret_cast<void*>(&at::globalContext), &torch_cpu) || !torch_cpu.dli_fname)
    return keep("the folder of libtorch_cpu cannot be told");
  std::string path(torch_cpu.dli_fname);
  path = path.substr(0, path.rfind('/') + 1) + "libtorch_cuda.so";
  if (!std::ifstream(path).good()) return keep("there is no " + path);
  if (!dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL)) return keep(dlerror());
  return nullptr;
}

extern "C" const char* bench_cuda_model(int device, char* name, int size) {
  // libtorch_cuda has loaded the driver's library already.
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY);
  if (!driver) return keep(dlerror());
  const auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto name_of = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetName"));
  const bool told = init && name_of && init(0) == 0 && name_of(name, size, device) == 0;
  return told ? nullptr : keep("the driver does not tell");
}

// Numerics.

extern "C" const char* bench_disable_tf32() {
  return guarded([] {
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  });
}

// Autocast.

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

// Fused optimisers.

struct AdamSettings {
  double learning_rate, beta1, beta2, weight_decay, epsilon;
  bool decoupled;
};

extern "C" const char* bench_fused_adam(const AdamSettings* settings, size_t count,
                                        const at::Tensor* const* params, const at::Tensor* const* grads,
                                        const at::Tensor* const* means, const at::Tensor* const* squares,
                                        const at::Tensor* const* steps) {
  return guarded([=] {
    const at::NoGradGuard no_grad;
    const auto step_list = tensors_of(steps, count);
    at::_foreach_add_(step_list, 1);
    const auto update = [=](auto fused) {
      fused(tensors_of(params, count), tensors_of(grads, count), tensors_of(means, count),
            tensors_of(squares, count), std::vector<at::Tensor>(), step_list, settings->learning_rate, settings->beta1,
            settings->beta2, settings->weight_decay, settings->epsilon, /*amsgrad=*/false,
            /*maximize=*/false);
    };
    if (settings->decoupled)
      update([](auto&&... all) { at::_fused_adamw_(std::forward<decltype(all)>(all)...); });
    else
      update([](auto&&... all) { at::_fused_adam_(std::forward<decltype(all)>(all)...); });
  });
}

struct SgdSettings {
  double learning_rate, momentum, weight_decay;
};

extern "C" const char* bench_fused_sgd(const SgdSettings* settings, size_t count,
                                       const at::Tensor* const* params, const at::Tensor* const* grads,
                                       const at::Tensor* const* velocities) {
  return guarded([=] {
    const at::NoGradGuard no_grad;
    const auto buffers = settings->momentum > 0 ? tensors_of(velocities, count) : std::vector<at::Tensor>();
    at::_fused_sgd_(tensors_of(params, count), tensors_of(grads, count), buffers,
                    settings->weight_decay, settings->momentum, settings->learning_rate, /*dampening=*/0,
                    /*nesterov=*/settings->momentum > 0, /*maximize=*/false, /*is_first_step=*/false);
  });
}

// Adam for stacked networks.

// One machine code for every x86-64 would use half the width of its registers.
#if defined(__x86_64__) && defined(__linux__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

namespace {

// Values whose averages, roots and steps a core keeps near it.
constexpr int64_t near = 16384;

// Each operation rounds as libtorch's operator for it does; roots are left to libtorch, which rounds
// them otherwise than the processor.
WIDE void adam_averages(int64_t size, float l2, float second, const float* __restrict param,
                        const float* __restrict grad, float* __restrict mean, float* __restrict square,
                        float* __restrict root) {
  for (int64_t i = 0; i < size; ++i) {
    const float g = grad[i] + l2 * param[i];
    mean[i] = mean[i] * 0.9f + g * 0.1f;
    square[i] = square[i] * 0.999f + (g * g) * 0.001f;
    root[i] = square[i] / second;
  }
}

WIDE void adam_step(int64_t size, float lr, float first, float* __restrict param, const float* __restrict mean,
                    const float* __restrict root) {
  for (int64_t i = 0; i < size; ++i) param[i] -= (lr * (mean[i] / first)) / (root[i] + 1e-8f);
}

}  // namespace

extern "C" const char* bench_stacked_adam(float first, float second, const at::Tensor* lr, const at::Tensor* l2,
                                          const at::Tensor* param, const at::Tensor* grad, const at::Tensor* mean,
                                          const at::Tensor* square) {
  return guarded([=] {
    const at::NoGradGuard no_grad;
    const auto networks = param->size(0);
    if (!param->is_cpu()) {
      std::vector<int64_t> column(param->dim(), 1);
      column[0] = networks;
      const auto g = *grad + l2->view(column) * *param;
      mean->mul_(0.9).add_(g, 0.1);
      square->mul_(0.999).addcmul_(g, g, 0.001);
      param->sub_(lr->view(column) * (*mean / first) / ((*square / second).sqrt_() + 1e-8));
      return;
    }
    const auto size = param->numel() / networks;
    const auto roots = at::empty({std::min(size, near)}, param->options());
    for (int64_t i = 0; i < networks; ++i) {
      for (int64_t from = 0; from < size; from += near) {
        const auto many = std::min(near, size - from);
        const auto of = [=](const at::Tensor* stack) { return stack->data_ptr<float>() + i * size + from; };
        auto* root = roots.data_ptr<float>();
        adam_averages(many, l2->data_ptr<float>()[i], second, of(param), of(grad), of(mean), of(square), root);
        roots.narrow(0, 0, many).sqrt_();
        adam_step(many, lr->data_ptr<float>()[i], first, of(param), of(mean), root);
      }
    }
  });
}

extern "C" const char* bench_forget_gradients(size_t count, const at::Tensor* const* params) {
  return guarded([=] {
    for (size_t i = 0; i < count; ++i) params[i]->mutable_grad().reset();
  });
}

// Generator state.

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

// Memory of a CUDA device.

extern "C" const char* bench_cuda_peak_memory(int device, uint64_t* bytes) {
  return guarded([=] {
    const auto stats = c10::getDeviceAllocator(at::kCUDA)->getDeviceStats(device_of(device).index());
    const auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    *bytes = static_cast<uint64_t>(stats.allocated_bytes[all].peak);
  });
}

extern "C" const char* bench_cuda_reset_peak_memory(int device) {
  return guarded([=] { c10::getDeviceAllocator(at::kCUDA)->resetPeakStats(device_of(device).index()); });
}

extern "C" const char* bench_cuda_release_memory() {
  return guarded([] { c10::getDeviceAllocator(at::kCUDA)->emptyCache(); });
}

// How busy a CUDA device is, asked of the driver's management library (NVML).

struct Utilization {
  unsigned device, memory;
};

extern "C" const char* bench_cuda_busy_percent(int device, uint32_t* percent) {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY);
  void* management = driver ? dlopen("libnvidia-ml.so.1", RTLD_LAZY) : nullptr;
  if (!management) return keep(dlerror());
  const auto bus_of = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetPCIBusId"));
  const auto init = reinterpret_cast<int (*)()>(dlsym(management, "nvmlInit_v2"));
  const auto find =
      reinterpret_cast<int (*)(const char*, void**)>(dlsym(management, "nvmlDeviceGetHandleByPciBusId_v2"));
  const auto ask =
      reinterpret_cast<int (*)(void*, Utilization*)>(dlsym(management, "nvmlDeviceGetUtilizationRates"));
  char bus[32] = {};
  void* handle = nullptr;
  Utilization rates = {};
  // The management library counts devices in another order, and hidden ones too.
  const bool told = bus_of && init && find && ask && bus_of(bus, sizeof(bus), device) == 0 && init() == 0 &&
                    find(bus, &handle) == 0 && ask(handle, &rates) == 0;
  *percent = rates.device;
  return told ? nullptr : keep("the driver does not tell");
}

// Interruption.

namespace {

char last_words[4096];

// Does only what a signal handler may.
void say_last_words(int signal) {
  if (write(STDERR_FILENO, last_words, std::strlen(last_words)) >= 0) {}
  std::signal(signal, SIG_DFL);
  raise(signal);
}

}  // namespace

extern "C" void bench_when_interrupted(const char* words) {
  std::strncpy(last_words, words, sizeof(last_words) - 1);
  for (const int signal : {SIGINT, SIGTERM})
    if (std::signal(signal, say_last_words) == SIG_IGN) std::signal(signal, SIG_IGN);
}

// What is counted while something runs.

namespace {

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

}  // namespace

extern "C" uint64_t bench_stop_counting(Counter* counter) {
  const uint64_t counted = counter->counted();
  delete counter;
  return counted;
}

// Floating-point operations.

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

// Bytes that tensors move from the host to a CUDA device.

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

// What tensors hold at most.

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
