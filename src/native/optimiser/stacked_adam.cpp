// Adam for parameters of several small networks in one tensor.

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "../native.h"

using namespace bench;

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

struct StackedSettings {
  float first, second;
  const at::Tensor* lr;
  const at::Tensor* l2;
};

extern "C" const char* bench_stacked_adam(const StackedSettings* settings, const at::Tensor* param,
                                          const at::Tensor* grad, const at::Tensor* mean, const at::Tensor* square) {
  return guarded([=] {
    const at::NoGradGuard no_grad;
    const auto [first, second, lr, l2] = *settings;
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
